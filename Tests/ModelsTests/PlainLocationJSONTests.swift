import Geospatial
import JSON
import Testing

@testable import Models

/// The fast reader must never accept a location that the careful one rejects or reads differently.
@Suite struct PlainLocationJSONTests {
    private static let now = Timestamp(microseconds: 1_777_888_800_000_000)

    private static func plain(_ text: String) -> LocationReport? {
        var reader = JSONReader(Array(text.utf8))
        var report: LocationReport?
        let isPlain = reader.readValue { text, range in
            report = PlainLocationJSON.read(text, in: &range, now: now)
            return report != nil
        }
        return isPlain ? report : nil
    }

    /// The location and the end of what was read, or the error.
    private struct Outcome: Equatable {
        var report: LocationReport?
        var position = 0
        var errors: FieldErrors?
        var error: JSONError?

        init(_ text: [UInt8], _ read: (inout JSONReader) throws -> LocationReport) throws {
            var reader = JSONReader(text)
            do {
                report = try read(&reader)
                position = reader.position
            } catch let errors as FieldErrors {
                self.errors = errors
            } catch let error as JSONError {
                self.error = error
            }
        }
    }

    private static func expectAgreement(on text: [UInt8]) throws {
        let quick = try Outcome(text) { try LocationReport(from: &$0, now: now) }
        let careful = try Outcome(text) { try LocationReport(anyOf: &$0, now: now) }
        // White space after the location is ignored.
        #expect(quick == careful, "\(String(decoding: text, as: UTF8.self))")
    }

    @Test(arguments: [
        #"{"person_id":7,"latitude":"52.5163","longitude":"13.3777","creation_time":"2020-08-15T10:37:06"}"#,
        #" { "longitude" : -13.3777 , "latitude" : -0.5 , "person_id" : "7" } "#,
        #"{"person_id":7,"latitude":1,"longitude":2,"creation_time":"2020-08-15T10:37:06.25Z","accuracy":12.5}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"altitude":-3.5,"speed":1.25,"course":359.9,"battery":7,"mock":true}"#,
        #"{"person_id":2147483647,"latitude":90.00000000,"longitude":-180.00000001}"#,
    ]) func readsWhatPhonesSend(text: String) throws {
        #expect(Self.plain(text) != nil)
        try Self.expectAgreement(on: Array(text.utf8))
    }

    @Test(arguments: [
        "", "7", "{}", #"{"person_id":7}"#, #"{"person_id":7,"latitude":91,"longitude":2}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,}"#, #"{"person_id":7,"latitude":1,"longitude":2"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"latitude":3}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"hurry":3}"#, #"{"person_id":7.0,"latitude":1,"longitude":2}"#,
        #"{"person_id":007,"latitude":1,"longitude":2}"#, #"{"person_id":0,"latitude":1,"longitude":2}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"accuracy":-1}"#,
        #"{"person_id":7,"latitude":1e1,"longitude":2}"#, #"{"person_id":7,"latitude":"+1","longitude":2}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"creation_time":"2020-02-30T10:37:06"}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"creation_time":"1969-12-31T23:59:59"}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"creation_time":"2099-08-15T10:37:06"}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"mock\#0":true}"#,
        #"{"person_id":7,"latitude":1,"longitude":2,"speed":3001}"#,
    ]) func leavesTheRestToTheCarefulWay(text: String) throws {
        #expect(Self.plain(text) == nil)
        try Self.expectAgreement(on: Array(text.utf8))
    }

    /// Locations built from well-formed and malformed parts, and some with a changed byte.
    @Test func agreesWithTheCarefulReader() throws {
        var random = Generator(state: 0x5EED)
        for _ in 0..<20_000 {
            var text = Array(random.location().utf8)
            if random.below(3) == 0, !text.isEmpty {
                text[random.below(text.count)] = random.pick(Array(#""{}:,.-+eE0159tTzZ \x"#.utf8))
            }
            try Self.expectAgreement(on: text)
        }
    }

    /// SplitMix64.
    private struct Generator {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return Int((value ^ value >> 31) % UInt64(bound))
        }

        mutating func pick<Element>(_ choices: [Element]) -> Element {
            choices[below(choices.count)]
        }

        mutating func location() -> String {
            var names = ["person_id", "latitude", "longitude"]
            let others = [
                "creation_time", "accuracy", "altitude", "speed", "course", "battery", "mock", "id", "hurry",
                "latitude",
            ]
            for _ in 0..<below(4) { names.append(pick(others)) }
            if below(20) == 0 { names.remove(at: below(names.count)) }
            let space = below(3) == 0 ? " " : ""
            let members = names.map { name in "\"\(name)\"\(space):\(space)\(value(of: name))" }
            return space + "{" + members.joined(separator: "," + space) + "}"
        }

        private mutating func value(of name: String) -> String {
            switch below(12) {
            case 0:
                return pick(["null", "true", "false", "[]", "{}", "\"\"", "\"x\"", "nul", "-", "\"-\"", "01", "1."])
            case 1: return number()
            default: break
            }
            switch name {
            case "person_id": return quoted(String(below(3) == 0 ? below(5_000_000_000) : below(2_000)))
            case "creation_time": return time()
            case "mock": return pick(["true", "false"])
            default: return quoted(number())
            }
        }

        private mutating func quoted(_ text: String) -> String {
            below(2) == 0 ? text : "\"\(text)\""
        }

        private mutating func number() -> String {
            var text = below(3) == 0 ? "-" : ""
            text += String(below(pick([10, 100, 200, 5_000])))
            if below(4) != 0 {
                text += "."
                for _ in 0..<below(pick([3, 8, 12, 22])) { text += String(below(10)) }
            }
            if below(12) == 0 { text += pick(["e1", "E-2", "e+0", "e", "e400"]) }
            return text
        }

        private mutating func time() -> String {
            func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
            let year = pick([1969, 1970, 2020, 2024, 2026, 9999])
            let day = "\(year)-\(padded(below(14)))-\(padded(below(33)))"
            var text = day + pick(["T", "T", "T", " ", "t"]) + padded(below(25)) + ":" + padded(below(61))
            if below(10) != 0 { text += ":" + padded(below(61)) }
            text += pick(["", "", ".5", ".123456", ".1234567", ",5", "."])
            return "\"" + text + pick(["", "", "Z", "z", "+02:00", "-0700", "x"]) + "\""
        }
    }
}

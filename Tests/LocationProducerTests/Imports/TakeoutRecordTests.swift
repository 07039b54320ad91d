import JSON
import Models
import Simulation
import Testing

@testable import LocationProducer

/// The quick reader of Google's records never accepts one that the careful reader rejects or reads differently.
@Suite struct TakeoutRecordTests {
    private struct Outcome: Equatable {
        var fixes: [PhoneFix] = []
        var position = 0
        var error: JSONError?

        init(_ text: [UInt8], _ read: (inout JSONReader) throws(JSONError) -> TakeoutRecord) {
            var reader = JSONReader(text)
            do throws(JSONError) {
                fixes = try read(&reader).fixes
                position = reader.position
            } catch {
                self.error = error
            }
        }
    }

    private static func expectAgreement(on text: String) {
        let bytes = Array(text.utf8)
        let quick = Outcome(bytes) { reader throws(JSONError) in try TakeoutRecord(from: &reader) }
        let careful = Outcome(bytes) { reader throws(JSONError) in try TakeoutRecord(anyOf: &reader) }
        #expect(quick == careful, "\(text)")
    }

    private static func plain(_ text: String) -> HistoryRecord? {
        let bytes = Array(text.utf8)
        var range = bytes.indices
        return HistoryRecord.readPlain(bytes.span, in: &range)
    }

    @Test(arguments: [
        #"{"latitudeE7": 447000000, "longitudeE7": -203000000, "accuracy": 12, "timestamp": "2021-03-04T05:06:07.89Z"}"#,
        #"{"timestampMs":"1614834367890","latitudeE7":1,"longitudeE7":2,"velocity":3,"heading":90,"altitude":-4.5}"#,
        #"{"latitudeE7":4294967295,"longitudeE7":2,"timestamp":"2021-03-04T05:06:07Z","source":"WIFI","deviceTag":-1}"#,
        #"{"activity":[{"activity":[{"type":"STILL","confidence":4},{}],"timestamp":"x"}],"latitudeE7":1,"x":[],"y":[[1],[ ]]}"#,
        #"{"verticalAccuracyMeters": 1.5, "isGood": true, "none": null, "latitudeE7": 7}"#,
    ])
    func readsUsualRecordsQuickly(text: String) {
        #expect(Self.plain(text) != nil)
        Self.expectAgreement(on: text)
    }

    @Test(arguments: [
        #"{"latitudeE7": 1, "latitudeE7": 2}"#, #"{"latitudeE7": 1.5}"#, #"{"latitudeE7": 1e3}"#,
        #"{"latitudeE7": 01}"#,
        #"{"latE7": 5}"#, #"{"a\u0062": 1}"#, #"{"a": "\n"}"#, #"{"é": 1}"#, #"{"a": [1}"#, #"{"a": {"b" 1}}"#,
        #"{"a": [1,]}"#, #"{"a": {"b": 1,}}"#, #"{"a": {1}}"#, #"{"a": tru}"#, #"{"a": -}"#, #"{"a": "x}"#, #"{"a": 1"#,
        "{",
        #"{"timestamp": 7}"#, #"{"timestamp": "yesterday"}"#, #"{"timestampMs": "12"}"#, #"{"accuracy": "12m"}"#, "[]",
        #"{"latitudeE7\"": 1}"#, "{}",
    ])
    func leavesOtherRecordsToTheCarefulReader(text: String) {
        #expect(Self.plain(text) == nil)
        Self.expectAgreement(on: text)
    }

    /// Records of well-formed and malformed parts, and some with a changed byte.
    @Test func agreesWithTheCarefulReader() {
        let names = [
            "latitudeE7", "longitudeE7", "timestamp", "timestampMs", "accuracy", "altitude", "velocity", "heading",
            "source",
            "activity", "latLng", "platformType",
        ]
        let values = [
            "447000000", "-1", "0", "\"1614834367890\"", "\"2021-03-04T05:06:07Z\"", "12.5", "\"WIFI\"", "null", "true",
            "[{\"a\": [1, 2.5, {}]}]", "{\"b\":\"c\"}", "1e5", "[", "\"", "9999999999999999999",
        ]
        var random = Xoshiro256(seed: 19)
        for _ in 0..<20_000 {
            let members = names.shuffled(using: &random).prefix(Int.random(in: 0...6, using: &random)).map { name in
                "\"\(name)\": \(values.randomElement(using: &random) ?? "")"
            }
            var text = Array("{\(members.joined(separator: ", "))}".utf8)
            if Bool.random(using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                text[place] = UInt8.random(in: 1..<127, using: &random)
            }
            Self.expectAgreement(on: String(decoding: text, as: UTF8.self))
        }
    }
}

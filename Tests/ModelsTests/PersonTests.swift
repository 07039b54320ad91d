import JSON
import Models
import Testing

@Suite struct PersonTests {
    private func details(_ json: String) throws -> PersonDetails {
        var reader = JSONReader(Array(json.utf8))
        return try PersonDetails(from: &reader)
    }

    private func errors(_ json: String) -> [String] {
        do {
            _ = try details(json)
            return []
        } catch let errors as FieldErrors {
            return errors.entries.map { "\($0.field): \($0.message)" }
        } catch {
            return ["\(error)"]
        }
    }

    @Test func readsAndWritesTheLegacyShape() throws {
        let json = #"{"id": 99, "first_name": "Zoë 🦊", "last_name": "O\"Neil", "company_name": ""}"#
        let person = Person(id: try #require(PersonID(rawValue: 5)), details: try details(json))
        var writer = JSONWriter()
        person.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"id":5,"first_name":"Zoë 🦊","last_name":"O\"Neil","company_name":""}"#
        )
    }

    @Test func namesEveryProblemInTheLegacyWords() {
        #expect(
            errors(#"{"first_name": 1, "company_name": "A\u0000B", "age": {"years": [3]}}"#) == [
                "first_name: Not a valid string.", "age: Unknown field.",
                "last_name: Missing data for required field.",
                "company_name: Not a valid string: it contains a NUL character.",
            ]
        )
        #expect(
            errors(#"{"first_name": null, "last_name": "b", "company_name": "c"}"#) == [
                "first_name: Not a valid string."
            ]
        )
        #expect(errors("[]") == [": Invalid input type: expected an object."])
    }

    @Test func boundsTheLengthInCharacters() {
        func json(_ length: Int) -> String {
            #"{"first_name": "\#(String(repeating: "é", count: length))", "last_name": "", "company_name": ""}"#
        }
        #expect(errors(json(255)).isEmpty)
        #expect(errors(json(256)) == ["first_name: Longer than maximum length 255."])
    }

    @Test func stopsCountingUnknownFields() {
        let members = (0..<10_000).map { #""x\#($0)": 0"# }.joined(separator: ",")
        #expect(errors("{\(members)}").count == 32)
    }
}

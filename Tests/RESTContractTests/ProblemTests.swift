import HTTPServer
import Models
import Postgres
import RESTContract
import Testing

@Suite struct ProblemTests {
    @Test func namesFieldsByPointer() {
        let errors = FieldErrors("a/b~c", "Unknown field.")
        #expect(errors.problem.status == .badRequest)
        #expect(errors.problem.errors == [.pointer("/a~1b~0c", "Unknown field.")])
        #expect(FieldErrors("", "Invalid input type.").problem.errors == [.pointer("", "Invalid input type.")])
    }

    @Test func aDatabaseThatIsAwayIsWorthAnotherTry() {
        let away = PostgresError(.connectionFailed, "").problem
        #expect(away.status == .serviceUnavailable)
        #expect(away.headers["Retry-After"] != nil)
        #expect(PostgresError(.decoding, "").problem.status == .internalServerError)
    }

    @Test(arguments: [
        ("1", 1), ("01", nil), ("+1", nil), ("1.0", nil), ("2147483647", Int32.max), ("0", nil), ("-1", nil),
        ("2147483648", nil), ("x", nil), ("", nil),
    ])
    func readsPersonNumbers(text: String, expected: Int32?) {
        #expect(PersonID(pathParameter: text[...])?.rawValue == expected)
    }

    @Test(arguments: [
        ("0", 0), ("5", 5), ("12.5", 12.5), ("10000", 10_000), ("10000.1", nil), ("-1", nil), ("NaN", nil),
        ("inf", nil),
        ("1e9", nil), ("", nil),
    ])
    func readsRadii(text: String, expected: Double?) {
        #expect(Radius(pathParameter: text[...])?.metres == expected)
    }

    @Test func readsMomentsAndDays() {
        #expect(Timestamp(pathParameter: "2020-08-15")?.description == "2020-08-15T00:00:00")
        #expect(Timestamp(pathParameter: "2020-08-15T10:37:06+02:00")?.description == "2020-08-15T08:37:06")
        #expect(Timestamp(pathParameter: "2020-02-30") == nil)
        #expect(CalendarDate(pathParameter: "2021-02-29") == nil)
        #expect(PageLimit(pathParameter: "0") == nil)
        #expect(PageLimit(pathParameter: "1001") == nil)
    }
}

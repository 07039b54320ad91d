import LocationProtocol
import Models
import Observability
import Persistence
import Testing

@testable import LocationConsumer
@testable import LocationQueue

@Suite struct ReceivedBatchTests {
    @Test func numbersLocationsByPosition() throws {
        let batch = ReceivedBatch([
            QueueBatch(partition: 0, messages: [try record(7), try record(8)], start: 7, end: 9),
            QueueBatch(partition: 63, messages: [try record(0, person: 2)], start: 0, end: 1),
        ])
        #expect(batch.locations.map(\.id.rawValue) == [4_294_967_744, 4_294_967_808, 4_294_967_359])
        #expect(batch.locations.map(\.report.personID.rawValue) == [1, 1, 2])
        #expect(batch.deadLetters.isEmpty)
        #expect(batch.swappedAxes == 0)
    }

    @Test(
        arguments: [
            ("", .empty),
            ("{", .malformedJSON),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2} x"#, .malformedJSON),
            (#"{"latitude": 1, "longitude": 2}"#, .missingPerson),
            (#"{"person_id": 1, "longitude": 2}"#, .missingLatitude),
            (#"{"person_id": 1, "latitude": 1}"#, .missingLongitude),
            (#"{"person_id": 0, "latitude": 1, "longitude": 2}"#, .invalidPerson),
            (#"{"person_id": 1, "latitude": 91, "longitude": 181}"#, .invalidLatitude),
            (#"{"person_id": 1, "latitude": 1, "longitude": 181}"#, .invalidLongitude),
            (#"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": "never"}"#, .invalidTime),
            (
                #"{"person_id": 1, "latitude": 1, "longitude": 2, "creation_time": "2026-05-04T10:06:00Z"}"#,
                .timeInFuture
            ),
            (String(repeating: " ", count: 16_385), .tooLong),
            ("\u{7F}\u{7F}", .malformedRecord),
        ] as [(String, DeadLetterReason)]
    )
    func deadLettersMalformedMessages(text: String, reason: DeadLetterReason) throws {
        let batch = ReceivedBatch([
            QueueBatch(partition: 5, messages: [try record(40), line(41, text), try record(42)], start: 40, end: 43)
        ])
        #expect(batch.locations.map(\.id.place?.offset) == [40, 42])
        let expected = DeadLetter(
            partition: 5,
            offset: 41,
            reason: reason,
            personID: nil,
            appendedAt: noon,
            payload: Array(text.utf8)
        )
        #expect(batch.deadLetters == [expected])
    }

    /// The bytes are not decoded: those of another version may mean something else.
    @Test func deadLettersUnknownVersionsWithTheirHeaders() throws {
        var messages = [try record(40), try record(41), try record(42)]
        let trace = TraceContext()
        messages[0].context = MessageContext(schemaVersion: MessageContext.schemaVersion, trace: trace)
        messages[1].context = MessageContext(schemaVersion: "2", trace: trace)
        let batch = ReceivedBatch([QueueBatch(partition: 5, messages: messages, start: 40, end: 43)])
        #expect(batch.locations.map(\.id.place?.offset) == [40, 42])
        #expect(batch.deadLetters.map(\.reason) == [.unknownSchemaVersion])
        #expect(batch.deadLetters.map(\.schemaVersion) == ["2"])
        #expect(batch.deadLetters.map(\.trace) == [trace])
        #expect(batch.deadLetters.map(\.payload) == [messages[1].bytes])
    }

    @Test func deadLettersLocationsOfUnknownPersonsWithTheirBytes() throws {
        let batch = ReceivedBatch([
            QueueBatch(partition: 1, messages: [try record(9, person: 2)], start: 9, end: 10),
            QueueBatch(
                partition: 5,
                messages: [try record(40), line(41, "junk"), try record(42, person: 99)],
                start: 40,
                end: 43
            ),
        ])
        let message = try #require(batch.messages.last)
        let expected = DeadLetter(
            partition: 5,
            offset: 42,
            reason: .unknownPerson,
            personID: PersonID(rawValue: 99),
            appendedAt: noon,
            payload: try record(42, person: 99).bytes
        )
        #expect(message.deadLetter(.unknownPerson) == expected)
    }
}

extension ReceivedBatch {
    fileprivate var locations: [Location] { messages.compactMap(\.location) }

    /// The messages that cannot be decoded.
    fileprivate var deadLetters: [DeadLetter] {
        messages.compactMap { message in
            if case .undecodable(let reason) = message.content { message.deadLetter(reason) } else { nil }
        }
    }
}

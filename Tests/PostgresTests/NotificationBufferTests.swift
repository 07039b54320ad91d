import Testing

@testable import Postgres

@Suite struct NotificationBufferTests {
    private func notification(_ number: Int) -> PostgresNotification {
        .notification(channel: "channel", payload: "\(number)")
    }

    @Test func keepsTheOrderAndMergesDuplicates() async {
        let buffer = NotificationBuffer(capacity: 10)
        for number in [1, 2, 1, 2, 3] { buffer.push(notification(number)) }
        for number in [1, 2, 3] { #expect(await buffer.next() == notification(number)) }
        buffer.push(notification(1))
        #expect(await buffer.next() == notification(1), "a delivered notification no longer merges")
    }

    @Test func dropsDetailsOverTheLimit() async {
        let buffer = NotificationBuffer(capacity: 3)
        for number in 1...4 { buffer.push(notification(number)) }
        buffer.push(notification(5))
        buffer.finish()
        #expect(await buffer.next() == .reconnected)
        #expect(await buffer.next() == notification(5))
        #expect(await buffer.next() == nil)
    }

    @Test func deliversToAWaitingTask() async {
        let buffer = NotificationBuffer(capacity: 1)
        async let heard = buffer.next()
        buffer.push(.connected)
        #expect(await heard == .connected)
    }

    @Test func finishWakesAWaitingTask() async {
        let buffer = NotificationBuffer(capacity: 1)
        async let heard = buffer.next()
        buffer.finish()
        #expect(await heard == nil)
    }
}

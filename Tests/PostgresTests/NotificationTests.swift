import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct NotificationTests {
    private func expect(
        _ expected: PostgresNotification,
        _ notifications: inout PostgresNotifications.Iterator,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let heard = await notifications.next()
        #expect(heard == expected, sourceLocation: sourceLocation)
    }

    @Test func receivesNotificationsAfterItConnects() async throws {
        try await TestDatabase.withClient { client in
            var notifications = try client.listen(to: ["one", "Two \"quoted\""]).makeAsyncIterator()
            try await expect(.connected, &notifications)
            try await client.execute(
                "SELECT pg_notify('one', 'first'), pg_notify('other', ''), pg_notify('one', 'second')"
            )
            try await expect(.notification(channel: "one", payload: "first"), &notifications)
            try await expect(.notification(channel: "one", payload: "second"), &notifications)
            try await client.execute("NOTIFY \(identifier: "Two \"quoted\"")")
            try await expect(.notification(channel: "Two \"quoted\"", payload: ""), &notifications)
        }
    }

    @Test func reportsPossiblyMissedNotifications() async throws {
        try await TestDatabase.withClient { client in
            var notifications = try client.listen(to: ["one"]).makeAsyncIterator()
            try await expect(.connected, &notifications)
            for _ in 0..<2 {
                try await client.execute(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE 'LISTEN%'
                    """
                )
                try await expect(.reconnected, &notifications)
                try await client.execute("NOTIFY one, 'again'")
                try await expect(.notification(channel: "one", payload: "again"), &notifications)
            }
        }
    }

    @Test func iterationEndsWhenTheTaskIsCancelled() async throws {
        try await TestDatabase.withClient { client in
            let notifications = try client.listen(to: ["one"])
            let task = Task {
                var count = 0
                for await _ in notifications { count += 1 }
                return count
            }
            task.cancel()
            #expect(await task.value <= 1)
        }
    }

    @Test func iterationEndsWhenTheClientIsClosed() async throws {
        try await TestDatabase.withClient { client in
            let notifications = try client.listen(to: ["one"])
            let task = Task {
                var heard: [PostgresNotification] = []
                for await notification in notifications { heard.append(notification) }
                return heard
            }
            await client.close()
            _ = await task.value
        }
    }

    @Test func releasingTheListenerEndsItsSession() async throws {
        try await TestDatabase.withClient { client in
            do {
                var notifications = try client.listen(to: ["one"]).makeAsyncIterator()
                try await expect(.connected, &notifications)
            }
            try await eventually {
                try await client.query(
                    """
                    SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """
                ).isEmpty
            }
        }
    }

    @Test func detectsASilentServer() async throws {
        try await TestDatabase.withClient(\.idleCheckInterval, .milliseconds(50)) { client in
            var notifications = try client.listen(to: ["one"]).makeAsyncIterator()
            try await expect(.connected, &notifications)
            // After several checks, the session is the same and still receives notifications.
            try await client.execute("SELECT pg_sleep(0.3)")
            try await client.execute("NOTIFY one, 'still here'")
            try await expect(.notification(channel: "one", payload: "still here"), &notifications)
        }
    }
}

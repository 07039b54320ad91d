import Testing

@testable import LocationQueue

@Suite struct DoorbellTests {
    private let long = Duration.seconds(600)

    @Test func keepsARingForALaterWaiter() async {
        let bell = Doorbell()
        bell.ring()
        bell.ring()
        let took = await ContinuousClock().measure { await bell.wait(upTo: long) }
        #expect(took < .seconds(300))
    }

    @Test func wakesAWaiter() async {
        let bell = Doorbell()
        let took = await ContinuousClock().measure {
            await withTaskGroup { group in
                group.addTask { await bell.wait(upTo: long) }
                // Whichever is first, the waiter receives the ring.
                group.addTask { bell.ring() }
            }
        }
        #expect(took < .seconds(300))
    }

    @Test func waitEndsAfterItsTimeoutAndOnCancellation() async {
        let bell = Doorbell()
        await bell.wait(upTo: .milliseconds(5))
        let took = await ContinuousClock().measure {
            await withTaskGroup { group in
                group.addTask { await bell.wait(upTo: long) }
                group.cancelAll()
            }
        }
        #expect(took < .seconds(300))
    }
}

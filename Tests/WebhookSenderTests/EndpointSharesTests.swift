import Testing

@testable import WebhookSender

@Suite struct EndpointSharesTests {
    @Test func limitsEndpointsWithoutFastAnswers() {
        var shares = EndpointShares(maximum: 8)
        shares.begin("a")
        #expect(shares.full.isEmpty)
        shares.begin("a")
        #expect(shares.full == ["a"] && shares.free == 6 && shares.freeForSlow == 2)
        shares.begin("b")
        shares.begin("b")
        #expect(shares.free == 4 && shares.freeForSlow == 0)
    }

    @Test func fastAnswersRaiseTheLimitAndSlowOnesLowerIt() {
        var shares = EndpointShares(maximum: 8)
        for _ in 0..<3 { shares.begin("a") }
        shares.end("a", after: .milliseconds(10))
        #expect(shares.fast == ["a"] && shares.full.isEmpty)
        #expect(shares.free == 6 && shares.freeForSlow == 4)
        shares.end("a", after: .seconds(2))
        #expect(shares.fast.isEmpty && shares.free == 7 && shares.freeForSlow == 3)
        shares.end("a", after: nil)
        #expect(shares.free == 8 && shares.freeForSlow == 4)
    }

    @Test func fastEndpointsHaveALimitToo() {
        var shares = EndpointShares(maximum: 256)
        shares.begin("a")
        shares.end("a", after: .zero)
        for _ in 0..<EndpointShares.fastShare { shares.begin("a") }
        #expect(shares.full == ["a"] && shares.freeForSlow == 128)
    }

    @Test func fastEndpointsHaveRoomForWholeBatches() {
        var shares = EndpointShares(maximum: 256)
        for endpoint in ["a", "b"] {
            shares.begin(endpoint)
            shares.end(endpoint, after: .zero)
        }
        shares.begin("a", EndpointShares.fastShare / 2)
        #expect(shares.fast(withRoomFor: EndpointShares.fastShare / 2) == ["a", "b"])
        shares.begin("a")
        #expect(shares.fast(withRoomFor: EndpointShares.fastShare / 2) == ["b"])
        #expect(shares.free == 256 - EndpointShares.fastShare / 2 - 1 && shares.freeForSlow == 128)
        shares.begin("slow")
        #expect(shares.fast(withRoomFor: 1) == ["a", "b"])
    }
}

import Testing

@testable import GRPCServer

@Suite struct SparseLogTests {
    @Test func writesOneLinePerPeriodAndCountsTheRest() {
        var lines = SparseLog(interval: 10)
        let written = [0, 1, 9, 10, 19, 21, 40].map { lines.admit(at: $0) }
        #expect(written == [0, nil, nil, 2, nil, 1, 0])
    }
}

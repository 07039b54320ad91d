import Foundation
import Networking
import Testing

@Suite struct DescriptorLimitTests {
    private static var limit: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    @Test func raisesTheLimitToTheMaximum() {
        DescriptorLimit.raise()
        #expect(Self.limit.rlim_cur == Self.limit.rlim_max)
    }

    /// location-producer has the most servers.
    @Test func reservesThreeEighthsForOtherDescriptors() {
        DescriptorLimit.raise()
        let servers = 2 * DescriptorLimit.ofHTTPServer + DescriptorLimit.ofRPCServer
        #expect(servers <= Int(clamping: Self.limit.rlim_cur) / 8 * 5)
        #expect(servers > Int(clamping: Self.limit.rlim_cur) / 2)
    }
}

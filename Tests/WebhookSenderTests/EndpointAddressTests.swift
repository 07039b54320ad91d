import Networking
import Testing

@testable import WebhookSender

@Suite struct EndpointAddressTests {
    @Test(arguments: [
        "https://example.org", "https://example.org/", "https://example.org:8443/hooks?a=b%20c", "https://8.8.8.8/",
        "https://[2606:4700::1111]:443/x", "https://xn--bcher-kva.example?x",
    ])
    func acceptsPublicAddresses(url: String) {
        #expect(EndpointAddress(url, allowsHTTP: false, forbidden: .special)?.text == url)
    }

    @Test(arguments: [
        ("https://Example.org:443/x?y", "https://example.org"),
        ("https://example.org:8443", "https://example.org:8443"),
        ("https://[2606:4700::443]/x", "https://[2606:4700::443]"), ("http://example.org:80/", "http://example.org"),
    ])
    func namesTheOrigin(url: String, origin: String) {
        #expect(EndpointAddress(url, allowsHTTP: true, forbidden: .special)?.origin == origin)
    }

    @Test(arguments: [
        "http://example.org/", "ftp://example.org/", "https://", "https:///x", "https://user@example.org/",
        "https://example.org/#x", "https://example.org/a b", "https://example.org/é", "https://example.org:0/",
        "https://example.org:65536/", "https://example.org:+1/", "https://example.org:/", "https://[::1/",
        "https://[x]/", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/", "https://[fd00::1]/", "https://exa\nmple.org/", "https://[1.2.3.4]/",
    ])
    func refusesOthers(url: String) {
        #expect(EndpointAddress(url, allowsHTTP: false, forbidden: .special) == nil)
    }

    @Test func boundsTheLength() {
        let url = "https://example.org/" + String(repeating: "x", count: 1_980)
        #expect(EndpointAddress(url, allowsHTTP: false, forbidden: .special) != nil)
        #expect(EndpointAddress(url + "x", allowsHTTP: false, forbidden: .special) == nil)
    }

    @Test func acceptsPrivateAddressesIfAllowed() {
        #expect(EndpointAddress("http://127.0.0.1:8080/x", allowsHTTP: true, forbidden: .none) != nil)
    }
}

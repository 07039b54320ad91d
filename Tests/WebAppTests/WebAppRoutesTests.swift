import Foundation
import HTTPServer
import ServiceRuntime
import Testing

@testable import WebApp

@Suite struct WebAppRoutesTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let assets = root.appending(path: "Services/WebApp/Assets").path()
    private static let leaflet = "/usr/share/javascript/leaflet"

    private static func routes(_ settings: [String: String] = [:]) throws -> WebAppRoutes {
        var reader = EnvironmentReader(settings.merging(["WEB_ASSETS": assets]) { $1 })
        let configuration = WebAppConfiguration(&reader)
        try reader.finish()
        let text = String(decoding: configuration.settings, as: UTF8.self)
        let table = try AssetTable(folder: configuration.assets, leaflet: configuration.leaflet, settings: text)
        return WebAppRoutes(assets: table, configuration: configuration)
    }

    private static func get(
        _ path: String,
        _ headers: HTTPHeaders = [:],
        settings: [String: String] = [:]
    ) async throws -> Response {
        try await routes(settings).router.respond(to: Request(.get, path, headers: headers))
    }

    @Test(arguments: [
        "/", "/people", "/people/7", "/event", "/me", "/phone", "/sign-in", "/licences", "/people/", "/people/7/",
        "/event/",
    ])
    func answersEachPageWithTheDocument(path: String) async throws {
        let answer = try await Self.get(path)
        #expect(answer.status == .ok)
        #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
        #expect(answer.headers["Cache-Control"] == "no-cache")
        let text = try await String(decoding: answer.content(), as: UTF8.self)
        #expect(!text.contains("{assets}"))
    }

    @Test func answersUnknownPathsWithTheDocument() async throws {
        #expect(try await Self.get("/nowhere/at/all").status == .notFound)
    }

    @Test func servesEveryReferencedFile() async throws {
        let routes = try Self.routes()
        var waiting = [routes.assets.path + "/index"]
        var text = String(decoding: routes.assets.document.bytes, as: UTF8.self)
        var seen: Set<String> = []
        repeat {
            let names =
                text.matches(of: /"(\/assets\/[^"]+)"/).map { String($0.1) }
                + text.matches(of: /(?:from |import |import\(|late\()"\.\/([^"]+)"/).map {
                    routes.assets.path + "/" + $0.1
                }
            for name in names where seen.insert(name).inserted {
                let answer = try await routes.router.respond(to: Request(.get, name))
                #expect(answer.status == .ok, "\(name)")
                #expect(answer.headers["Cache-Control"] == "public, max-age=31536000, immutable")
                waiting.append(name)
            }
            let next = waiting.removeLast()
            text =
                routes.assets[String(next.dropFirst(routes.assets.path.count + 1))]
                .map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
        } while !waiting.isEmpty
        #expect(seen.count > 10)
    }

    @Test func namesTheModulesOfEachPageInItsDocument() async throws {
        let routes = try Self.routes()
        func links(_ path: String) async throws -> [String] {
            let answer = try await routes.router.respond(to: Request(.get, path))
            let text = try await String(decoding: answer.content(), as: UTF8.self)
            return text.matches(of: /modulepreload" fetchpriority="(?:high|low)" href="\/assets\/[0-9a-f]+\/([^"]+)"/)
                .map { String($0.1) }
        }
        let event = try await links("/event")
        #expect(event.starts(with: ["early.js", "storage.js", "main.js"]))
        #expect(event.contains("event.js") && event.contains("strings.js"))
        #expect(Set(event).count == event.count)
        // A map is loaded once it comes into view.
        #expect(!event.contains("map.js") && !event.contains("leaflet/leaflet.esm.min.js"))
        let person = try await links("/people/7")
        #expect(person.contains("person.js") && !person.contains("event.js"))
        #expect(try await links("/licences").isEmpty)
    }

    @Test func writesTheSettingsIntoTheDocument() async throws {
        let answer = try await Self.get("/event", settings: ["TILE_URL": "https://t.example/{z}?a=\"&b"])
        let text = try await String(decoding: answer.content(), as: UTF8.self)
        #expect(text.contains(#"content="{&quot;api&quot;:&quot;&quot;,&quot;tiles&quot;:&quot;https://t.example/"#))
        #expect(!text.contains("{settings}") && !text.contains("{preload}"))
    }

    @Test func tellsTheServiceWorkerTheFilesOfTheRelease() async throws {
        let routes = try Self.routes()
        let answer = try await routes.router.respond(to: Request(.get, "/sw.js"))
        #expect(answer.headers["Cache-Control"] == "no-cache")
        let script = try await String(decoding: answer.content(), as: UTF8.self)
        let names = try #require(script.firstMatch(of: /JSON.parse\(`\[(.*)\]`\)/)?.1).split(separator: ",")
        #expect(names.count == routes.assets.count)
        for name in names {
            #expect(routes.assets[String(name.dropFirst().dropLast())] != nil, "\(name)")
        }
        #expect(script.contains("`${assets}/${file}`"))
        #expect(script.contains("const assets = \"\(routes.assets.path)\""))
    }

    @Test(arguments: ["/openapi.json", "/swagger.json"])
    func describesTheWholeAPI(path: String) async throws {
        let answer = try await Self.get(path)
        #expect(answer.headers["Content-Type"] == "application/json")
        let text = try await String(decoding: answer.content(), as: UTF8.self)
        for path in ["/api/persons", "/api/locations", "/api/persons/{id}/people", "/api/session", "/api/webhooks"] {
            #expect(text.contains("\"\(path)\":"), "\(path)")
        }
        #expect(!text.contains("\"/metrics\":") && !text.contains("\"/auth\":"))
    }

    @Test func servesTheManifestAndItsIcons() async throws {
        let routes = try Self.routes()
        let answer = try await routes.router.respond(to: Request(.get, routes.assets.path + "/manifest.webmanifest"))
        #expect(answer.headers["Content-Type"] == "application/manifest+json")
        let text = try await String(decoding: answer.content(), as: UTF8.self)
        let icons = text.matches(of: /"src": "([^"]+)"/).map { String($0.1) }
        #expect(icons.count == 4)
        for icon in icons { #expect(routes.assets[icon] != nil, "\(icon)") }
    }

    @Test func compressesAndTagsFilesOnce() async throws {
        let path = try Self.routes().assets.path + "/main.js"
        let plain = try await Self.get(path)
        let compressed = try await Self.get(path, ["Accept-Encoding": "gzip"])
        #expect(compressed.headers["Content-Encoding"] == "gzip")
        #expect(compressed.headers["Vary"] == "Accept-Encoding")
        #expect(try await compressed.content().count < plain.content().count)
        #expect(compressed.headers["ETag"] == "W/" + (plain.headers["ETag"] ?? ""))
    }

    @Test(arguments: ["/assets/0123456789abcdef/main.js", "/assets/x/../../etc/passwd"])
    func servesFilesOfItsVersionOnly(path: String) async throws {
        await #expect(throws: Problem.self) { try await Self.get(path) }
    }

    @Test func restrictsPagesToTheAPI() async throws {
        let own = try #require(try await Self.get("/").headers["Content-Security-Policy"])
        #expect(own.contains("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"))
        #expect(own.contains("connect-src 'self';"))
        let port = try await Self.get(
            "/",
            ["Host": "app.local:30000"],
            settings: ["API_URL": ":30001", "WEB_HOSTS": "localhost,app.local"]
        )
        #expect(
            port.headers["Content-Security-Policy"]?.contains(
                "connect-src 'self' http://app.local:30001 https://app.local:30001;"
            ) == true
        )
        let tiles = try await Self.get("/", settings: ["TILE_URL": "https://{s}.tiles.example/{z}/{x}/{y}.png"])
        #expect(
            tiles.headers["Content-Security-Policy"]?.contains("img-src 'self' data: https://*.tiles.example;") == true
        )
    }

    @Test(arguments: [
        "a;script-src *", "a b", "a'x", "evil.example", "localhost.evil.example", "evil.localhost:30000", "",
        "[::1]]:1",
    ])
    func rejects(unknownHost host: String) async throws {
        let answer = try await Self.get("/", ["Host": host], settings: ["API_URL": ":30001"])
        #expect(answer.headers["Content-Security-Policy"]?.contains("connect-src 'self';") == true)
    }

    @Test func servesTheAddressOfTheAPI() async throws {
        let answer = try await Self.get("/config.json", settings: ["API_URL": "https://api.example.org"])
        #expect(try await String(decoding: answer.content(), as: UTF8.self) == #"{"api":"https://api.example.org"}"#)
    }

    @Test(arguments: ["30001", ":0", ":99999", "ftp://x", "https://x/y", "https://"])
    func rejectsInvalidAddresses(text: String) throws {
        #expect(throws: ConfigurationError.self) { try Self.routes(["API_URL": text]) }
    }

    @Test func servesAnEmptyGroundWithoutAMap() async throws {
        let answer = try await Self.get("/ground.geojson", settings: ["GROUND_MAP": "/nonexistent"])
        #expect(answer.status == .ok)
        #expect(try await String(decoding: answer.content(), as: UTF8.self).contains(#""features":[]"#))
    }

    @Test func namesAnUnreadableFolder() throws {
        #expect { try AssetTable(folder: "/nonexistent", leaflet: Self.leaflet) } throws: {
            "\($0)" == "WEB_ASSETS: /nonexistent is not a readable folder."
        }
        #expect { try AssetTable(folder: Self.assets, leaflet: "/nonexistent") } throws: {
            "\($0)".hasPrefix("WEB_LEAFLET: /nonexistent/leaflet.esm.min.js")
        }
    }
}

import Foundation
import TestSupport

/// An nginx that answers every request with 204, as fast as possible.
final class Nginx {
    let port: Int
    private let process: ChildProcess

    /// Starts nginx, and waits until it answers.
    init(scratch: ScratchFolder) throws {
        port = try FreePort.find()
        let configuration = try scratch.write(
            "nginx.conf",
            """
            daemon off;
            worker_processes auto;
            pid \(scratch.path)/nginx.pid;
            error_log /dev/null;
            events { worker_connections 1024; }
            http {
                access_log off;
                keepalive_requests 1000000000;
                client_body_temp_path \(scratch.path)/body;
                proxy_temp_path \(scratch.path)/proxy;
                fastcgi_temp_path \(scratch.path)/fastcgi;
                uwsgi_temp_path \(scratch.path)/uwsgi;
                scgi_temp_path \(scratch.path)/scgi;
                server {
                    listen 127.0.0.1:\(port);
                    location / { return 204; }
                }
            }
            """
        )
        // nginx is in a folder for servers that is missing from some users' search path.
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        process = try ChildProcess(
            "nginx",
            ["-p", scratch.path, "-c", configuration],
            environment: ["PATH": "\(path):/usr/sbin:/sbin"],
            errors: .nothing
        )
        for _ in 0..<200 where !FreePort.isListening(port) {
            usleep(20_000)
        }
        guard FreePort.isListening(port) else {
            throw BenchmarkFailure(description: "nginx does not answer on port \(port).")
        }
    }

    deinit {
        stop()
    }

    func stop() {
        process.signal(SIGTERM)
        process.waitUntilExit()
    }
}

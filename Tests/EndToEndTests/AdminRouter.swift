import FoundationEssentials
import Glibc
import LocalCluster
import Synchronization
import Testing

/// A real nginx that is configured as DC/OS' Admin Router is, in front of services on loopback.
///
/// The prefix `/service/NAME` is taken off and no header tells of it; `Connection: upgrade` goes with every request;
/// `Location` is given the prefix; answers are not buffered; the cluster's cookies are taken out.
///
/// - Source: facts on DC/OS, §4.4; dcos/dcos packages/adminrouter/extra/src/includes/server/{common,open/agent}.conf.
final class AdminRouter: Sendable {
    /// One service behind it.
    struct Route: Sendable {
        /// `understudy`, or `team/understudy`.
        var name: String
        /// `HOST:PORT`.
        var upstream: String
    }

    let port: Int
    private let directory: String
    private let process: Mutex<ChildProcess?>

    /// `http://127.0.0.1:PORT`.
    var url: String { "http://127.0.0.1:\(port)" }

    private init(port: Int, directory: String, process: ChildProcess) {
        self.port = port
        self.directory = directory
        self.process = Mutex(process)
    }

    /// Starts it, lets the body have it, and ends it whatever happens.
    ///
    /// - Parameters:
    ///   - port: where it listens.
    ///   - directory: of its own.
    ///   - routes: what is behind it.
    ///   - identity: what answers below `/acs/` and to `/metadata`; nil for nothing.
    ///   - body: the test.
    /// - Throws: when nginx does not listen, and what the body throws.
    static func play(
        port: Int,
        in directory: String,
        routes: [Route],
        identity: String? = nil,
        _ body: (AdminRouter) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = "\(directory)/nginx.conf"
        let text = configuration(port, directory, routes, identity)
        try Data(text.utf8).write(to: URL(filePath: file))
        let said = Mutex<[String]>([])
        let process = try ChildProcess(
            "/usr/sbin/nginx",
            ["-p", directory, "-c", file, "-e", "stderr"],
            environment: [:],
            output: .lines { line, _ in said.withLock { $0.append(line) } }
        )
        let router = AdminRouter(port: port, directory: directory, process: process)
        let result: Result<Void, any Error>
        do {
            try await router.listens(said)
            result = .success(try await body(router))
        } catch {
            result = .failure(error)
        }
        process.signal(SIGTERM)
        _ = await process.wait()
        try result.get()
    }

    private struct Fault: Error, CustomStringConvertible { let description: String }

    private func listens(_ said: borrowing Mutex<[String]>) async throws {
        for _ in 0..<1_500 {
            // Its port may be somebody else's, who answers there.
            guard process.withLock({ $0?.isRunning ?? false }) else { break }
            // Refused until it listens.
            if (try? LoopbackSocket(port: port)) != nil { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Fault(description: "nginx does not listen: \(said.withLock { $0.joined(separator: "\n") })")
    }

    private static func configuration(
        _ port: Int,
        _ directory: String,
        _ routes: [Route],
        _ identity: String?
    ) -> String {
        let services = routes.map { route in
            """
                location = /service/\(route.name) {
                    return 301 /service/\(route.name)/;
                }
                location ~ ^/service/\(route.name)/(?<rest>.*)$ {
                    proxy_pass http://\(route.upstream)/$rest$is_args$args;
                    proxy_redirect ~^https?://[^/]+/(.*)$ /service/\(route.name)/$1;
                    proxy_redirect ~^/(.*)$ /service/\(route.name)/$1;
                }
            """
        }.joined(separator: "\n")
        let acs =
            identity.map {
                "    location /acs/ { proxy_pass \($0); }\n    location = /metadata { proxy_pass \($0); }\n"
            }
            ?? ""
        return """
            daemon off;
            worker_processes 1;
            pid \(directory)/nginx.pid;
            events { worker_connections 256; }
            http {
              access_log off;
              client_body_temp_path \(directory)/body;
              proxy_temp_path \(directory)/proxy;
              fastcgi_temp_path \(directory)/fastcgi;
              uwsgi_temp_path \(directory)/uwsgi;
              scgi_temp_path \(directory)/scgi;
              # A browser's token is in its cookie; services are given it as a header.
              map $http_cookie $dcos_token {
                "~(^|; )dcos-acs-auth-cookie=(?<login>[^;]+)" "token=$login";
                default $http_authorization;
              }
              server {
                listen 127.0.0.1:\(port);
                client_max_body_size 32g;
                proxy_http_version 1.1;
                proxy_set_header Host $http_host;
                proxy_set_header X-Real-IP $remote_addr;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade";
                proxy_set_header Authorization $dcos_token;
                proxy_set_header Cookie "";
                proxy_buffering off;
                proxy_request_buffering on;
                proxy_read_timeout 600s;
            \(acs)\(services)
              }
            }

            """
    }
}

import Model
import Testing

@testable import API

@Suite("Queries for output and files")
struct LogQueryTests {
    @Test("what is written is what is read")
    func roundTrip() throws {
        let query = LogQuery(task: .cassandra, stream: .stderr, offset: 1 << 40, limit: 4, attempt: 3)
        #expect(try LogQuery.read(query.text) == query)
        #expect(try LogQuery.read("") == LogQuery())
        for path in ["report.xml", "out/a b%é&=?#+.xml", "a..b/.c"] {
            #expect(try FileQuery.read(FileQuery(path: path).text).path == path)
        }
        #expect(FileQuery(path: "a/b c").text == "path=a/b%20c")
    }

    @Test(
        "a log's parameters are read strictly",
        arguments: [
            "task=tests", "stream=both", "offset=-1", "offset=x", "offset=99999999999999999999", "limit=3",
            "limit=262145", "attempt=0", "follow=1", "offset=1&offset=1", "task", "offset=%31",
        ]
    )
    func badLog(_ text: String) {
        let error = #expect(throws: APIError.self) { try LogQuery.read(text) }
        #expect(error?.field == String(text.prefix { $0 != "=" }))
    }

    @Test(
        "no path leads out of a sandbox",
        arguments: [
            "", "path=", "path=/etc/passwd", "path=../x", "path=a/%2e%2e/b", "path=a//b", "path=a/./b", "path=a%00b",
            "path=a%", "path=a%4", "path=a%+1", "path=%ff", "path=a%0Ab", "path=a/",
            "path=" + String(repeating: "x", count: 1_025), "path=a&path=b", "file=a",
        ]
    )
    func badPath(_ text: String) {
        let error = #expect(throws: APIError.self) { try FileQuery.read(text) }
        #expect(error?.field == (text == "file=a" ? "file" : "path"))
    }
}

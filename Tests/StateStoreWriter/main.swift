import Glibc
import StateStore
import StateStoreKit

// A scheduler in small, for the tests to kill: opens a store, says what it found, and then either commits the batches
// of a seed without end (`write SEED`), or holds the store until it is told anything (`hold`). A line is
// `open EPOCH SEQUENCE`, `done SEQUENCE` or `refused CODE`; each is out before the next thing is done.
//
// A program of its own: the lock and kill -9 are about processes, a test runner cannot be started again as anything
// but a test runner, and Swift programs with threads cannot fork.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    // At once, and whole: a pipe takes as much in one piece. Nobody left to hear it is the end, by SIGPIPE.
    guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { fatalError("a word could not be said") }
}

let words = CommandLine.arguments.dropFirst()
guard words.count >= 3, let folder = words.first, let path = words.dropFirst().first else {
    fatalError("StateStoreWriter FOLDER PATH hold|write SEED")
}
// Before anything is opened: paths without a folder are among what is tested.
guard chdir(folder) == 0 else { fatalError("\(folder) cannot be gone to") }

do throws(StateStoreError) {
    let store = try SQLiteStateStore(path: path)
    let state = try await store.open()
    say("open \(state.epoch) \(state.sequence)")
    if words.contains("hold") {
        _ = getchar()
    } else {
        guard let seed = words.last.flatMap(UInt64.init) else { fatalError("a seed is a number") }
        var batches = RandomBatches(seed: seed)
        // Goes on where the one before was killed.
        while batches.model.sequence < state.sequence { _ = batches.next() }
        while true { say("done \(try await store.commit(batches.next(), epoch: state.epoch))") }
    }
    await store.close()
} catch {
    say("refused \(error.code)")
    exit(1)
}

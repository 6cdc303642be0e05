import API
import Model
import Testing

@testable import understudy

@Suite("The sweep's plan as text")
struct SweepTextTests {
    private let view = SweepView(
        at: Timestamp(Instant(milliseconds: 1_000)),
        listed: Timestamp(Instant(milliseconds: 0)),
        counts: SweepView.Counts(held: 1, waiting: 1, stuck: 1, foreign: 1, tasks: 1),
        entries: [
            SweepEntryView(
                name: "understudy-f3x90qk2lm-0-c1",
                kind: "clone",
                volume: VolumeID("1125771388930868153"),
                state: "condemned",
                action: "wait",
                why: "condemned: its run needs it no more; waits for detachment, attached on n1 (hdd-1) at /mnt/c1",
                stuck: StuckView(
                    since: Timestamp(Instant(milliseconds: 0)),
                    failures: 14,
                    cause: "attached on node n1",
                    advice: "if no container uses it any more, run on hdd-1: pxctl host detach 1125771388930868153"
                )
            ),
            SweepEntryView(
                name: "theirs\u{1B}[2J",
                kind: "orphan",
                state: "unknown",
                action: "nothing",
                why: "not ours"
            ),
        ]
    )

    @Test("has a row for each, its reason below, and a sum, all within 80 columns")
    func lines() {
        let lines = SweepText.lines(view, columns: 80)
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.first == "NEXT     COPY                        KIND    VOLUME")
        #expect(lines[1] == "stuck    understudy-f3x90qk2lm-0-c1  clone   1125771388930868153")
        #expect(lines[2] == "         condemned: its run needs it no more; waits for detachment, attached on")
        #expect(lines[3] == "         n1 (hdd-1) at /mnt/c1")
        #expect(lines[4] == "         stuck since 1970-01-01T00:00:00.000Z, 14 tries: attached on node n1")
        #expect(lines.contains { $0.hasPrefix("         do: if no container uses it any more, run on hdd-1:") })
        #expect(lines.contains("nothing  theirs?[2J                  orphan  -"))
        #expect(
            lines.suffix(2) == [
                "volumes as of 1970-01-01T00:00:00.000Z",
                "1 copy held, 1 waits, 1 stuck, 0 orphans, 1 not ours, 1 stray task",
            ]
        )
    }

    @Test("is one line when there is nothing")
    func empty() {
        let lines = SweepText.lines(SweepView(at: Timestamp(Instant(milliseconds: 0))), columns: 80)
        #expect(lines == ["volumes were not listed yet", "0 copies held, 0 wait, 0 stuck, 0 orphans"])
    }
}

import Lifecycle
import Model
import Scheduler
import Testing

@testable import Adapters
@testable import Portworx

@Suite("The scheduler's port to Portworx")
struct PortworxVolumesTests {
    private let volumes = PortworxVolumes(PortworxClient(transport: NoGateway()))
    private let name = CopyName("c")
    private let parent = VolumeID("1")

    private func fault<Value>(_ result: Result<Value, ReadFault>) -> String? {
        if case .failure(let error) = result { error.fault.code } else { nil }
    }

    private func refusal<Value>(_ outcome: Outcome<Value>) -> Fault? {
        if case .refused(let fault) = outcome { fault } else { nil }
    }

    @Test("what cannot be read is a fault with the client's own code")
    func reads() async {
        #expect(fault(await volumes.nodes()) == "portworx.unreachable")
        #expect(fault(await volumes.volume(named: "v")) == "portworx.unreachable")
        #expect(fault(await volumes.inspect(parent)) == "portworx.unreachable")
        #expect(fault(await volumes.volumes(install: "i")) == "portworx.unreachable")
        #expect(fault(await volumes.adopt(name, of: parent, labels: [:])) == "portworx.unreachable")
    }

    @Test("copies that cannot be asked for are refused, for now", arguments: [Copy.Kind.snapshot, .clone])
    func creates(kind: Copy.Kind) async {
        let fault = refusal(await volumes.create(name, kind, of: parent, labels: [:]))
        #expect(fault?.code == "portworx.unreachable")
        #expect(fault?.transient == true)
    }

    @Test("an orphan is found, never made")
    func orphan() async {
        let fault = refusal(await volumes.create(name, .orphan, of: parent, labels: [:]))
        #expect(fault?.code == "copy.orphan")
        #expect(fault?.transient == false)
    }
}

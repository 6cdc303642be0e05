/// Two words that are the same for the same bytes, also after a restart and on another node.
///
/// FNV-1a twice. It keeps things apart by chance; nobody who wants two that are alike is kept from finding them.
enum Fingerprint {
    static func of(_ bytes: some Sequence<UInt8>) -> (UInt64, UInt64) {
        (word(bytes, salt: "0 "), word(bytes, salt: "1 "))
    }

    private static func word(_ bytes: some Sequence<UInt8>, salt: String) -> UInt64 {
        let basis = salt.utf8.reduce(0xCBF2_9CE4_8422_2325, added)
        return bytes.reduce(basis, added)
    }

    private static func added(_ word: UInt64, _ byte: UInt8) -> UInt64 { (word ^ UInt64(byte)) &* 0x100_0000_01B3 }
}

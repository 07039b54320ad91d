extension Double {
    /// The nearest number, an infinite one beyond the range; `nil` if the text is not decimal, as `nan` and `0x1p3`.
    package init?(decimal text: some Collection<UInt8>) {
        let isPlain = text.allSatisfy { byte in
            byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "-") || byte | 0x20 == UInt8(ascii: "e")
        }
        guard isPlain else { return nil }
        self.init(String(decoding: text, as: UTF8.self))
    }
}

internal import CQREncode

/// A QR code of a text: a square of light and dark modules, which phones read from a screen.
package struct QRCode: Sendable, Equatable {
    /// The number of modules of a side, without the quiet zone.
    package let size: Int
    /// The modules row by row, `true` for dark.
    package let modules: [Bool]

    /// The width of the quiet zone that readers require, in modules.
    package static let quietZone = 4

    /// Encodes a text in the smallest size, with a seventh of the code for error correction.
    ///
    /// `nil` if it is empty, longer than about 2,300 bytes of UTF-8, or has a NUL.
    package init?(_ text: String) {
        guard !text.isEmpty, !text.utf8.contains(0) else { return nil }
        // Version 0 means the smallest one that fits.
        guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
        defer { QRcode_free(code) }
        let size = Int(code.pointee.width)
        guard let data = code.pointee.data else { return nil }
        self.size = size
        // The lowest bit of each byte is the module; the others are its purpose.
        modules = (0..<size * size).map { data[$0] & 1 == 1 }
    }

    /// The module of a column and a row; light outside the code.
    package subscript(column: Int, row: Int) -> Bool {
        guard (0..<size).contains(column), (0..<size).contains(row) else { return false }
        return modules[row * size + column]
    }

    /// The code as an SVG image that scales to any size, dark on light on any background.
    package func svg() -> [UInt8] {
        let side = size + 2 * Self.quietZone
        var path = ""
        for row in 0..<size {
            var column = 0
            while column < size {
                let start = column
                while self[column, row] { column += 1 }
                // Draw a run of dark modules as a bar.
                if column > start {
                    let length = column - start
                    path += "M\(start + Self.quietZone) \(row + Self.quietZone)h\(length)v1h-\(length)z"
                }
                column += 1
            }
        }
        let box = "0 0 \(side) \(side)"
        let head = #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="\#(box)" shape-rendering="crispEdges">"#
        let body = #"<path fill="white" d="M0 0h\#(side)v\#(side)h-\#(side)z"/><path d="\#(path)"/></svg>"#
        return Array((head + body).utf8)
    }
}

/// A part of an XML document; names are without their prefix.
package enum XMLEvent: Equatable, Sendable {
    /// An element begins, at a byte offset.
    case start(String, [XMLAttribute], offset: Int)
    /// Some of the text of the open element; a text may come in several parts.
    case text(String)
    /// The open element ends.
    case end(String)
}

/// An attribute of an element.
package struct XMLAttribute: Equatable, Sendable {
    /// The name, with its prefix.
    package let name: String
    /// The value, without references.
    package let value: String
}

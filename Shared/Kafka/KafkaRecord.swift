/// A header of a record.
package struct KafkaHeader: Hashable, Sendable {
    /// The name.
    package let name: String
    /// The value.
    package let value: [UInt8]

    /// A header.
    package init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// A header whose value is text.
    package init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }
}

/// A record to send.
package struct KafkaRecord: Hashable, Sendable {
    /// The key, which chooses the partition, so records of one key keep their order; any partition without one.
    package let key: [UInt8]?
    /// The headers.
    package let headers: [KafkaHeader]
    /// The value.
    package let value: [UInt8]

    /// A record with its parts.
    package init(key: [UInt8]?, headers: [KafkaHeader] = [], value: [UInt8]) {
        self.key = key
        self.headers = headers
        self.value = value
    }
}

/// The position of a record.
package struct KafkaPlace: Hashable, Sendable {
    /// The partition of the topic.
    package let partition: Int
    /// The offset in the partition.
    package let offset: Int64
}

/// Records of one partition in the order of their offsets, with their values in one array.
package struct KafkaPartitionRecords: Sendable {
    /// The offset, time and value of a record.
    package struct Record: Sendable {
        /// The offset in the partition.
        package let offset: Int64
        /// The time in milliseconds since 1970; negative without one.
        package let timestamp: Int64
        /// The range of its value in ``KafkaPartitionRecords/values``.
        package let range: Range<Int>
        /// The index of its headers in ``KafkaPartitionRecords/headers``.
        package let headers: Int
    }

    /// The partition.
    package let partition: Int
    /// The values.
    package private(set) var values: [UInt8] = []
    /// The requested headers, one entry for consecutive records with the same ones.
    package private(set) var headers: [[KafkaHeader]] = []
    /// The records.
    package private(set) var records: [Record] = []

    init(partition: Int) {
        self.partition = partition
    }

    mutating func append(offset: Int64, timestamp: Int64, value: UnsafeRawBufferPointer, headers own: [KafkaHeader]) {
        let start = values.count
        values.append(contentsOf: value)
        if headers.last != own { headers.append(own) }
        records.append(
            Record(offset: offset, timestamp: timestamp, range: start..<values.count, headers: headers.count - 1)
        )
    }
}

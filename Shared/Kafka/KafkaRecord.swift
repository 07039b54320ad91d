/// A name and a value beside a record's own value.
package struct KafkaHeader: Hashable, Sendable {
    /// The name.
    package let name: String
    /// The value.
    package let value: [UInt8]

    /// Joins a name and a value.
    package init(_ name: String, _ value: [UInt8]) {
        self.name = name
        self.value = value
    }

    /// Joins a name and a value that is text.
    package init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }
}

/// A record to be sent.
package struct KafkaRecord: Hashable, Sendable {
    /// What decides upon the partition, so that records of one key stay in their order; without one, any is taken.
    package let key: [UInt8]?
    /// What is sent beside the value.
    package let headers: [KafkaHeader]
    /// What is sent.
    package let value: [UInt8]

    /// Joins the three.
    package init(key: [UInt8]?, headers: [KafkaHeader] = [], value: [UInt8]) {
        self.key = key
        self.headers = headers
        self.value = value
    }
}

/// Where a record lies.
package struct KafkaPlace: Hashable, Sendable {
    /// The partition of the topic.
    package let partition: Int
    /// The offset in the partition.
    package let offset: Int64

    /// Joins the two.
    package init(partition: Int, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }
}

/// Some records of one partition, in the order of their offsets; their values lie behind one another in one piece.
package struct KafkaPartitionRecords: Sendable {
    /// A record's place, time and value.
    package struct Record: Sendable {
        /// The offset in the partition.
        package let offset: Int64
        /// The record's time in milliseconds since 1970; negative if it has none.
        package let timestamp: Int64
        /// Where in ``KafkaPartitionRecords/values`` its value is.
        package let range: Range<Int>
        /// Which of ``KafkaPartitionRecords/headers`` are its.
        package let headers: Int
    }

    /// The partition.
    package let partition: Int
    /// The values.
    package private(set) var values: [UInt8] = []
    /// The headers that were asked for, of records that follow one another and have the same.
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

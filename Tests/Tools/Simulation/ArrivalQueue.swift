/// Fixes in transit, ordered by their arrival: a binary heap.
///
/// Fixes that arrive at the same time keep their order.
struct ArrivalQueue: Sendable {
    private struct Entry: Sendable {
        let dispatch: Phone.Dispatch
        let number: Int

        static func < (left: Entry, right: Entry) -> Bool {
            (left.dispatch.due, left.number) < (right.dispatch.due, right.number)
        }
    }

    private var heap: [Entry] = []
    private var sent = 0

    var count: Int { heap.count }
    var isEmpty: Bool { heap.isEmpty }

    /// Adds a fix, in O(log n).
    mutating func insert(_ dispatch: Phone.Dispatch) {
        heap.append(Entry(dispatch: dispatch, number: sent))
        sent += 1
        var index = heap.count - 1
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    /// Removes and returns the next fix if it arrives before a time in milliseconds, in O(log n).
    mutating func popFirst(before time: Int) -> Phone.Dispatch? {
        guard let first = heap.first, first.dispatch.due < time else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count && heap[child] < heap[least] {
                least = child
            }
            if least == index { return first.dispatch }
            heap.swapAt(index, least)
            index = least
        }
    }
}

// Packed R-trees of Boost.Geometry, as a C library for rtree_peer.py.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <vector>

#include <boost/geometry.hpp>
#include <boost/geometry/index/rtree.hpp>

namespace bg = boost::geometry;
namespace bgi = boost::geometry::index;

// Degrees × 10⁷; the third dimension is time in units of 16 ms: of the powers of two the best compromise between
// short and long times. The exact time is compared afterwards.
template <std::size_t Dimensions> using Point = bg::model::point<int32_t, Dimensions, bg::cs::cartesian>;
template <std::size_t Dimensions>
using Tree = bgi::rtree<std::pair<Point<Dimensions>, uint32_t>, bgi::quadratic<8>>;
constexpr int time_shift = 4;

template <std::size_t Dimensions>
Point<Dimensions> point(int32_t x, int32_t y, int32_t time) {
    Point<Dimensions> point;
    bg::set<0>(point, x);
    bg::set<1>(point, y);
    if constexpr (Dimensions == 3) bg::set<2>(point, time >> time_shift);
    return point;
}

// Calls a function for each value that a query of a tree finds.
template <class Visit>
struct Output {
    using iterator_category = std::output_iterator_tag;
    using value_type = void;
    using difference_type = void;
    using pointer = void;
    using reference = void;
    Visit &visit;
    Output &operator*() { return *this; }
    Output &operator++() { return *this; }
    Output &operator++(int) { return *this; }
    template <class Value> Output &operator=(const Value &value) {
        visit(value.first, value.second);
        return *this;
    }
};

struct Index {
    std::vector<int32_t> person, latitude, longitude, time;  // milliseconds
    std::vector<uint32_t> trails, trail_starts;              // the locations of each person in the order of time
    Tree<3> by_time;
    Tree<2> by_place;
    std::vector<uint32_t> seen;  // by which query a location was counted last
    uint32_t query = 0;

    template <std::size_t Dimensions> Tree<Dimensions> pack() const {
        std::vector<std::pair<Point<Dimensions>, uint32_t>> values(person.size());
        for (uint32_t i = 0; i < values.size(); ++i)
            values[i] = {point<Dimensions>(longitude[i], latitude[i], time[i]), i};
        return Tree<Dimensions>(values.begin(), values.end());
    }

    // Visits what is near a location and, of a tree with time, roughly within a time.
    template <std::size_t Dimensions, class Visit>
    void near(const Tree<Dimensions> &tree, uint32_t own, double radius, int32_t from, int32_t to, Visit visit) const {
        // The local metric in metres a step: radii of the meridian and of the parallel.
        const double a = 6378137, f = 1 / 298.257223563, e2 = f * (2 - f), step = M_PI / 180 / 1e7;
        const double sine = std::sin(latitude[own] * step), w2 = 1 - e2 * sine * sine, w = std::sqrt(w2);
        const double north = a * (1 - e2) / (w2 * w) * step, east = a / w * std::sqrt(1 - sine * sine) * step;
        const int32_t rows = int32_t(radius / north) + 1, columns = int32_t(radius / east) + 1;
        const int32_t x = longitude[own], y = latitude[own];
        auto check = [&](const Point<Dimensions> &place, uint32_t other) {
            const double dx = (bg::get<0>(place) - x) * east, dy = (bg::get<1>(place) - y) * north;
            if (dx * dx + dy * dy <= radius * radius) visit(other);
        };
        const bg::model::box<Point<Dimensions>> box(point<Dimensions>(x - columns, y - rows, from),
                                                    point<Dimensions>(x + columns, y + rows, to));
        tree.query(bgi::intersects(box), Output<decltype(check)>{check});
    }
};

extern "C" {
Index *rtree_make(uint32_t count, const int32_t *person, const int32_t *latitude, const int32_t *longitude,
                  const int32_t *time) {
    auto *index = new Index;
    index->person.assign(person, person + count);
    index->latitude.assign(latitude, latitude + count);
    index->longitude.assign(longitude, longitude + count);
    index->time.assign(time, time + count);
    index->trail_starts.assign(*std::max_element(person, person + count) + 2, 0);
    for (uint32_t i = 0; i < count; ++i) ++index->trail_starts[person[i] + 1];
    std::partial_sum(index->trail_starts.begin(), index->trail_starts.end(), index->trail_starts.begin());
    auto next = index->trail_starts;
    index->trails.resize(count);
    for (uint32_t i = 0; i < count; ++i) index->trails[next[person[i]]++] = i;
    index->seen.assign(count, 0);
    return index;
}

void rtree_pack_by_time(Index *index) { index->by_time = index->pack<3>(); }
void rtree_pack_by_place(Index *index) { index->by_place = index->pack<2>(); }
void rtree_free(Index *index) { delete index; }

// How many locations of others, from `start` to before `end`, lie within `radius` of any of a person's own in that
// time; with `within` ≥ 0, also within so many milliseconds of that one.
uint32_t rtree_contacts(Index *index, int32_t person, int32_t start, int32_t end, int32_t within, double radius,
                        int32_t uses_time) {
    uint32_t count = 0;
    const uint32_t query = ++index->query;
    for (auto i = index->trail_starts[person]; i < index->trail_starts[person + 1]; ++i) {
        const uint32_t own = index->trails[i];
        const int32_t time = index->time[own];
        if (time < start || time >= end) continue;
        const int32_t from = within < 0 ? start : std::max(start, time - within);
        const int32_t to = within < 0 ? end - 1 : std::min(end - 1, time + within);
        auto visit = [&](uint32_t other) {
            if (index->seen[other] == query || index->person[other] == person) return;
            if (index->time[other] < from || index->time[other] > to) return;
            index->seen[other] = query;
            ++count;
        };
        if (uses_time)
            index->near(index->by_time, own, radius, from, to, visit);
        else
            index->near(index->by_place, own, radius, from, to, visit);
    }
    return count;
}
}

"""scipy's cKDTree: boxes round each of a person's locations, then the exact comparison of what they hold."""
import numpy as np
from scipy.spatial import cKDTree


class KDTreePeer:
    """Three trees: places, places of one day, and places with time, scaled so that `within` is as long as `radius`.

    Trees by the sliding midpoint rule; they are faster than balanced ones both to build and to search here. Coordinates
    are metres by the mean metric of the data; boxes are larger by as much as the local metric differs, and everything
    in them is compared by the local one."""

    name = "cKDTree"
    SLACK = 1e-6  # metres, for rounding

    def __init__(self, data, start, radius, within):
        self.data = data
        north, east = data.metres_per_step_north, data.metres_per_step_east
        self.reach = radius * max((north.mean() / north).max(), (east.mean() / east).max()) + self.SLACK
        self.places = np.c_[data.longitude * east.mean(), data.latitude * north.mean()]
        self.moments = np.c_[self.places, (data.time - start) * ((self.reach - self.SLACK) / within)]
        self.by_time = self.tree(self.moments)
        self.order = np.argsort(data.person, kind="stable")
        self.starts = np.searchsorted(data.person[self.order], np.arange(int(data.person.max()) + 2))

    def prepare(self, windows):
        """The trees of places: one for each window of time that is asked for."""
        self.by_place = {}
        for start, end in windows:
            inside = np.nonzero((self.data.time >= start) & (self.data.time < end))[0]
            self.by_place[start, end] = inside, self.tree(self.places[inside])

    @staticmethod
    def tree(points):
        return cKDTree(points, balanced_tree=False)

    def contacts(self, person, start, end, within, radius):
        data = self.data
        own = self.order[self.starts[person]:self.starts[person + 1]]
        own = own[(data.time[own] >= start) & (data.time[own] < end)]
        if within is None:
            inside, tree = self.by_place[start, end]
            lists = tree.query_ball_point(self.places[own], self.reach, p=np.inf, return_sorted=False)
        else:
            lists = self.by_time.query_ball_point(self.moments[own], self.reach, p=np.inf, return_sorted=False)
        other = np.concatenate([np.asarray(found, np.int64) for found in lists])
        if within is None:
            other = inside[other]
        own = np.repeat(own, np.fromiter(map(len, lists), np.int64, len(lists)))
        near = self.is_near(own, other, radius) & (data.person[other] != person)
        if within is not None:
            near &= np.abs(data.time[other] - data.time[own]) <= within
            near &= (data.time[other] >= start) & (data.time[other] < end)
        return len(np.unique(other[near]))

    def is_near(self, one, other, radius):
        data = self.data
        north = (data.latitude[other] - data.latitude[one]) * data.metres_per_step_north[one]
        east = (data.longitude[other] - data.longitude[one]) * data.metres_per_step_east[one]
        return north * north + east * east <= radius * radius

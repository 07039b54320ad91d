package import Models

extension ZoneArea {
    /// Checks the rules of the OGC for valid polygons: closed rings, no crossing edges, holes inside, polygons apart.
    ///
    /// Costs O(corners × log corners).
    ///
    /// - Throws: ``ZoneAreaError`` with GEOS's reason and the place.
    package func validate() throws(ZoneAreaError) {
        try AreaGeometry(self, GEOSContext()).validate()
    }

    /// The valid area that comes closest, as PostGIS's `ST_MakeValid` finds it by the method "structure".
    ///
    /// `nil` if a ring is not closed or has fewer than four coordinates, or if nothing of it has an area.
    package func mended() -> ZoneArea? {
        (try? AreaGeometry(self, GEOSContext()))?.mended()
    }
}

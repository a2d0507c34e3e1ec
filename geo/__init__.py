"""Space and time: coordinates, boxes, fixes, grids, statistics, maps.

Order is (lon, lat); the datum is WGS-84 (EPSG:4326) unless a name says otherwise; lengths are metres; moments
are aware and in UTC. Nothing here knows a table, a user or a request.
"""

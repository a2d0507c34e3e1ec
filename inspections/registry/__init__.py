"""What stands on the map and who works on it: areas, grid cells, zones, people, sites, licences."""

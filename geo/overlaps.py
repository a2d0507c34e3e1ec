"""How shapes lie over the cells of a grid."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse


def overlap_shares(shapes: NDArray[np.object_], cells: NDArray[np.object_]) -> sparse.csr_array:
    """Shapes × cells: the part of each shape's area that lies in each cell, so a row adds up to 1 at most.

    All in one plane or all in degrees: within one shape a degree hardly changes its length. A shape without
    an area lies in no cell.
    """
    area = np.asarray(shapely.area(shapes), dtype=float)
    shape, cell = shapely.STRtree(cells).query(shapes, predicate="intersects")
    whole = shapely.contains_properly(cells[cell], shapes[shape])
    inside = area[shape]
    cut = np.flatnonzero(~whole)
    inside[cut] = shapely.area(shapely.intersection(shapes[shape[cut]], cells[cell[cut]]))
    share = np.divide(inside, area[shape], out=np.zeros_like(inside), where=area[shape] > 0)
    kept = share > 0
    size = (len(shapes), len(cells))
    return sparse.csr_array((share[kept], (shape[kept], cell[kept])), shape=size)

"""The methods of an analysis: what each makes of the events in the cells, through `geo`.

What a cell's `value` is, by method:

    gi_star, gi_star_permuted   the weight in it; `z` of Gi*, `p` normal or by permutation
    local_moran                 local Moran's I; `quadrant` where q <= 0.05; hot is high among high
    kernel, kernel_adaptive     events for each square kilometre at its middle; nothing is tested
    emerging                    as gi_star in the last step; `emerging` is the class over all steps
    rate                        hits for each visit, events for 100 pupils or a school, shrunk; hot is 95 %
    scan, scan_space_time       events in it; `cluster` and the cluster's `p`

`geo` modules that compile their loops are imported where they are used: the start of the web app waits for none.
"""

from collections.abc import Callable

from ..settings import Method
from .gathering import emerging, gi_star, gi_star_permuted, local_moran
from .given import Cluster, Given, Outcome
from .rates import rate
from .scans import scan, scan_space_time
from .surfaces import adaptive_kernel, kernel

__all__ = ["METHODS", "Cluster", "Given", "Outcome"]

METHODS: dict[Method, Callable[[Given], Outcome]] = {
    Method.GI_STAR: gi_star,
    Method.GI_STAR_PERMUTED: gi_star_permuted,
    Method.LOCAL_MORAN: local_moran,
    Method.KERNEL: kernel,
    Method.KERNEL_ADAPTIVE: adaptive_kernel,
    Method.EMERGING: emerging,
    Method.RATE: rate,
    Method.SCAN: scan,
    Method.SCAN_SPACE_TIME: scan_space_time,
}

"""Kulldorff's scan statistic: the circle, or cylinder, that is least like chance, and how seldom chance makes one.

Poisson (cases against what was expected), Bernoulli (cases among a population) and space-time permutation (events
alone, by place and day). Windows are circles around every place, up to a share of everything. p is by Monte Carlo
from replicas' largest ratio, for secondary clusters too, which makes theirs too large rather than too small.

Sources: Kulldorff 1997 (Poisson, Bernoulli, secondary clusters); Kulldorff et al. 2005 (space-time permutation);
Abrams, Kulldorff & Kleinman 2010 (Gumbel approximation).
"""

from .space_time import SpaceTimeCluster, scan_space_time
from .spatial import ScanCluster, scan_bernoulli, scan_poisson

__all__ = ["ScanCluster", "SpaceTimeCluster", "scan_bernoulli", "scan_poisson", "scan_space_time"]

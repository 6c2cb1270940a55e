"""Ray, on a real cluster of this machine: two nodes, of which one is killed in the middle."""

import time

import pytest

from cutover_parity import AppNotLoaded, ArmSpec, dump_report
from cutover_parity.engines import RayCluster

ray = pytest.importorskip("ray")
from ray.cluster_utils import Cluster  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
NODE = {"num_cpus": 1, "object_store_memory": 80 * 1024 * 1024, "include_dashboard": False}


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    made = Cluster(initialize_head=True, head_node_args=NODE)
    yield made
    ray.shutdown()
    made.shutdown()


def test_two_nodes_of_which_one_is_killed_lose_nothing_and_count_nothing_twice(cluster, trees, alone):
    lost = cluster.add_node(num_cpus=1, object_store_memory=NODE["object_store_memory"])

    def kill():
        while len({process for process, _ in trees.driven()}) < 2:
            time.sleep(0.05)
        cluster.remove_node(lost, allow_graceful=False)

    with trees.shut(kill):
        report = trees.replay(RayCluster(cluster.address), limit=300)
    assert report.errors == ()
    assert dump_report(report) == dump_report(alone)
    assert len(trees.driven()) > 30

    trees.arms[1] = ArmSpec(trees.arms[1].root, "app:nothing")
    with pytest.raises(AppNotLoaded, match="'app:nothing' cannot be loaded"):
        trees.replay(RayCluster(cluster.address))

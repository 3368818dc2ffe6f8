"""Compiled loops of `reach`: nearest edges, times spread over the network from many places at once, reach sets of sites.

Times are whole milliseconds (int32), so that sums are exact whatever their order. A spread is Dijkstra's algorithm with bands
of time instead of a heap (Meyer & Sanders 2003): nodes of the band wait in a near list, later ones in a far list. A node whose
time is improved inside its band is simply done again, so the answer is exact for any width.
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.int32(2**31 - 1)
IDLE, NEAR, FAR = np.int8(0), np.int8(1), np.int8(2)
BAND_MS = 40_000  # nodes are done in bands of time this wide, about the length of a common edge


@njit(cache=True)
def fill_cells(x, y, start, end, west, south, size, columns, rows):
    """Edges by the cells of their boxes, as (first, edges): those of cell c stand at first[c]:first[c + 1]."""
    first = np.zeros(columns * rows + 1, np.int64)
    members = np.empty(0, np.int32)
    for turn in range(2):  # count, then fill
        for edge in range(start.size):
            a, b = start[edge], end[edge]
            left, right = int((min(x[a], x[b]) - west) / size), int((max(x[a], x[b]) - west) / size)
            low, high = int((min(y[a], y[b]) - south) / size), int((max(y[a], y[b]) - south) / size)
            for row in range(low, high + 1):
                for column in range(left, right + 1):
                    cell = row * columns + column
                    if turn:
                        members[first[cell]] = edge
                        first[cell] += 1
                    else:
                        first[cell + 1] += 1
        if turn == 0:
            first = np.cumsum(first)
            members = np.empty(first[-1], np.int32)
    for cell in range(first.size - 1, 0, -1):  # filling moved each start to its end
        first[cell] = first[cell - 1]
    first[0] = 0
    return first, members


@njit(cache=True)
def _foot(px, py, ax, ay, bx, by):
    """Where a point's foot stands on a segment (share of its length) and how far away it is, squared."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    share = 0.0 if length2 == 0 else min(max(((px - ax) * dx + (py - ay) * dy) / length2, 0.0), 1.0)
    fx, fy = ax + share * dx - px, ay + share * dy - py
    return share, fx * fx + fy * fy


@njit(cache=True)
def nearest_edges(px, py, x, y, start, end, cells, origin, shape, within):
    """Nearest edge of each point, where on it (share), how far away (m); edge -1 when none is within reach.

    `cells` is (first, members) of `fill_cells`, `origin` (west, south, size of a cell), `shape` (columns, rows). Rings of
    cells are looked through outwards until the next ring cannot hold anything nearer. Of equals the lower edge is taken.
    """
    first, members = cells
    west, south, size = origin
    columns, rows = shape
    edges, shares, away = np.full(px.size, -1, np.int32), np.zeros(px.size), np.full(px.size, np.inf)
    for point in range(px.size):
        column0, row0 = int(np.floor((px[point] - west) / size)), int(np.floor((py[point] - south) / size))
        best, ring = within * within, 0
        while True:
            for row in range(max(row0 - ring, 0), min(row0 + ring, rows - 1) + 1):
                step = 1 if abs(row - row0) == ring else max(2 * ring, 1)
                for column in range(column0 - ring, column0 + ring + 1, step):
                    if 0 <= column < columns:
                        cell = row * columns + column
                        for place in range(first[cell], first[cell + 1]):
                            edge = members[place]
                            a, b = start[edge], end[edge]
                            share, far2 = _foot(px[point], py[point], x[a], y[a], x[b], y[b])
                            if far2 < best or (far2 == best and (edges[point] < 0 or edge < edges[point])):
                                best = far2
                                edges[point], shares[point], away[point] = edge, share, np.sqrt(far2)
            if ring * size >= np.sqrt(best):
                break
            ring += 1
    return edges, shares, away


@njit(cache=True)
def _offer(node, time, times, lists):
    """A way to a node in so much time (within the limit): kept when it is quicker; the node waits in the far list."""
    if time < times[node]:
        _near, far, state, touched, counts = lists
        touched[counts[1]] = node
        counts[1] += times[node] == NEVER
        times[node] = time
        if state[node] == IDLE:
            state[node] = FAR
            far[counts[0]] = node
            counts[0] += 1


@njit(cache=True)
def _draw_near(border, times, lists):
    """Move far nodes below the border to the near list; the others stay. Returns how many are near."""
    near, far, state, _touched, counts = lists
    kept = moved = 0
    for index in range(counts[0]):
        node = far[index]
        if times[node] >= border:
            far[kept] = node
            kept += 1
        elif state[node] == FAR:
            state[node] = NEAR
            near[moved] = node
            moved += 1
    counts[0] = kept
    return moved


@njit(cache=True)
def spread(graph, limit, times, lists):
    """Times of every node in reach of what was offered.

    `graph` is (first, neighbour, coming): coming[arc] is the time from the neighbour to the node. `lists` is as of `fresh`;
    afterwards nobody waits, and touched[:counts[1]] are the nodes in reach. The near list is a ring of N places: it cannot
    overflow, for a node stands in it once. A node goes far once: after that its time is below the border for good.
    """
    first, neighbour, coming = graph
    near, far, state, touched, counts = lists
    border, many = np.int64(0), counts[1]
    while counts[0] > 0:
        border += BAND_MS
        waiting = _draw_near(border, times, lists)
        head, tail, distant = 0, waiting % near.size, counts[0]
        while waiting > 0:
            node = near[head]
            head = head + 1 if head + 1 < near.size else 0
            waiting -= 1
            state[node] = IDLE
            start = times[node]
            for arc in range(first[node], first[node + 1]):
                to = neighbour[arc]
                time = start + coming[arc]
                if time < times[to] and time <= limit:
                    touched[many] = to
                    many += times[to] == NEVER
                    times[to] = time
                    if time < border:
                        if state[to] != NEAR:
                            state[to] = NEAR
                            near[tail] = to
                            tail = tail + 1 if tail + 1 < near.size else 0
                            waiting += 1
                    elif state[to] == IDLE:
                        state[to] = FAR
                        far[distant] = to
                        distant += 1
        counts[0] = distant
    counts[1] = many


@njit(cache=True)
def forget(times, lists):
    """Times of the touched nodes are NEVER again."""
    touched, counts = lists[3], lists[4]
    for index in range(counts[1]):
        times[touched[index]] = NEVER
    counts[1] = 0


@njit(cache=True)
def seed(places, edges, ends, limit, times, lists):
    """Offer both ends of the edges on which places stand. `ends` is (start, end) of the edges.

    `places` is (edge, ahead, behind, access): `ahead` from the start to the place, `behind` from the end to it.
    """
    edge_of, ahead, behind, access = places
    start, end = ends
    for place in edges:
        edge = edge_of[place]
        if edge >= 0:
            for node, time in ((start[edge], ahead[place]), (end[edge], behind[place])):
                if time + access[place] <= limit:
                    _offer(node, time + access[place], times, lists)


@njit(cache=True)
def along(home, homes, place, places):
    """Time from a home to a place on the same edge, straight along it."""
    ahead, behind = places[1][place] - homes[1][home], places[2][place] - homes[2][home]
    return (ahead if ahead >= 0 and behind <= 0 else behind) + homes[3][home] + places[3][place]


@njit(cache=True)
def through_ends(home, homes, network_edges, times):
    """Time from a home over the nearer end of its edge; NEVER if neither end is in reach."""
    start, end, forward, back = network_edges
    edge, best = homes[0][home], NEVER
    if times[start[edge]] != NEVER:
        best = times[start[edge]] + (back[edge] - homes[2][home]) + homes[3][home]
    if times[end[edge]] != NEVER:
        best = min(best, times[end[edge]] + (forward[edge] - homes[1][home]) + homes[3][home])
    return np.int32(best)


@njit(cache=True)
def fresh(nodes):
    """Empty lists for a spread: near nodes, far nodes, where each node waits, nodes touched, (how many far, how many touched)."""
    near, far, touched = np.empty(nodes, np.int32), np.empty(nodes + 1, np.int32), np.empty(nodes + 1, np.int32)
    return near, far, np.full(nodes, IDLE, np.int8), touched, np.zeros(2, np.int64)


@njit(cache=True)
def times_to_kinds(graph, network_edges, homes, on_edge, places, by_kind, limit, result):
    """result[kind, home]: milliseconds to the nearest place of the kind, or NEVER beyond the limit.

    Homes are in order of their edges: those of edge e are on_edge[e]:on_edge[e + 1] (none but these are reached). `by_kind`
    is (first, members): places of kind k are members[first[k]:first[k + 1]].
    """
    start, end, forward, back = network_edges
    times, lists = np.full(graph[0].size - 1, NEVER, np.int32), fresh(graph[0].size - 1)
    edge = homes[0][on_edge[0] :]
    skipped = on_edge[0]
    nearer = start[edge], end[edge]
    to_start = back[edge].astype(np.int64) - homes[2][skipped:] + homes[3][skipped:]
    to_end = forward[edge].astype(np.int64) - homes[1][skipped:] + homes[3][skipped:]
    result[:, :skipped] = NEVER
    for kind in range(result.shape[0]):
        members, found = by_kind[1][by_kind[0][kind] : by_kind[0][kind + 1]], result[kind]
        seed(places, members, (start, end), limit, times, lists)
        spread(graph, limit, times, lists)
        for index in range(edge.size):
            best = min(times[nearer[0][index]] + to_start[index], times[nearer[1][index]] + to_end[index])
            found[skipped + index] = best if best <= limit else NEVER
        for place in members:
            if places[0][place] >= 0:
                for home in range(on_edge[places[0][place]], on_edge[places[0][place] + 1]):
                    time = along(home, homes, place, places)
                    if time <= limit and time < found[home]:
                        found[home] = time
        forget(times, lists)


@njit(cache=True)
def times_from_nodes(graph, seeds, by_kind, limit, result):
    """result[kind, node]: milliseconds from each node to the nearest seed node of the kind, or NEVER beyond the limit."""
    lists = fresh(result.shape[1])
    for kind in range(result.shape[0]):
        times = result[kind]
        times[:] = NEVER
        for place in range(by_kind[kind], by_kind[kind + 1]):
            _offer(seeds[place], 0, times, lists)
        spread(graph, limit, times, lists)
        lists[4][1] = 0


@njit(cache=True)
def _homes_of_edge(edge, site, sites, homes, on_edge, network_edges, times, limit, found, count):
    """Append the homes of an edge that reach the site in time; `found` must have room for all homes."""
    for index in range(on_edge[0][edge], on_edge[0][edge + 1]):
        home = on_edge[1][index]
        time = through_ends(home, homes, network_edges, times)
        if edge == sites[0][site]:
            time = min(time, along(home, homes, site, sites))
        if time <= limit:
            found[count] = home
            count += 1
    return count


@njit(cache=True)
def reach_sets(graph, arc_edge, network_edges, homes, on_edge, sites, chosen, limit):
    """Homes within the limit of each chosen site, as (first, members). `on_edge`: homes by edge, (first, members)."""
    nodes, homes_count = graph[0].size - 1, homes[0].size
    times = np.full(nodes, NEVER, np.int32)
    lists, ends = fresh(nodes), (network_edges[0], network_edges[1])
    seen = np.full(network_edges[0].size, -1, np.int32)
    first, members, count = np.zeros(chosen.size + 1, np.int64), np.empty(4 * homes_count + 16, np.int32), 0
    for number in range(chosen.size):
        if members.size - count < homes_count:
            grown = np.empty(2 * members.size, np.int32)
            grown[:count] = members[:count]
            members = grown
        site = chosen[number]
        seed(sites, chosen[number : number + 1], ends, limit, times, lists)
        spread(graph, limit, times, lists)
        if sites[0][site] >= 0:
            seen[sites[0][site]] = number
            count = _homes_of_edge(sites[0][site], site, sites, homes, on_edge, network_edges, times, limit, members, count)
        for node in lists[3][: lists[4][1]]:
            for arc in range(graph[0][node], graph[0][node + 1]):
                edge = arc_edge[arc]
                if seen[edge] != number:
                    seen[edge] = number
                    count = _homes_of_edge(edge, site, sites, homes, on_edge, network_edges, times, limit, members, count)
        forget(times, lists)
        first[number + 1] = count
    return first, members[:count].copy()

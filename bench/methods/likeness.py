"""Likeness of texts beside its peers: duplicates, common issues, categories, photos; the picture of a made-up town's issues."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image

from bench.methods import texts as made
from bench.methods.contest import OURS, Contender, Goal, Match
from linli.methods import likeness

PLAIN = re.compile(r"[\W_]+")
NOTE = "Made-up texts (`bench/methods/texts.py`)"


def warmed(instance):
    """Everything compiled before it is measured."""
    likeness.warm()
    return instance


def plain(texts: list[str]) -> list[str]:
    return [PLAIN.sub("", text.lower()) for text in texts]


# --- duplicates ---


def pairs_score(reports: made.Reports, answer) -> dict[str, float]:
    """Precision, recall and F1 of pairs in %, by the events they are about."""
    first, second = (np.asarray(side, np.int64) for side in answer)
    right = int((reports.events[first] == reports.events[second]).sum())
    sizes = np.bincount(reports.events)
    wanted = int((sizes * (sizes - 1) // 2).sum())
    return {
        "precision %": 100 * right / max(len(first), 1),
        "recall %": 100 * right / wanted,
        "F1 %": 200 * right / (len(first) + wanted),
    }


def our_pairs(reports: made.Reports):
    found = likeness.find_duplicates(likeness.Reports(reports.texts, reports.lng, reports.lat, reports.hours, reports.kinds))
    return found.first, found.second


def blocked(reports: made.Reports, days: float = 10):
    """Pairs in one H3 cell of resolution 10 or its ring, within some days; with metres."""
    import h3

    cells: dict[str, list[int]] = {}
    for at, (lat, lng) in enumerate(zip(reports.lat, reports.lng, strict=True)):
        cells.setdefault(h3.latlng_to_cell(lat, lng, 10), []).append(at)
    first, second = [], []
    for cell, rows in cells.items():
        around = [other for near in h3.grid_disk(cell, 1) for other in cells.get(near, ())]
        for one in rows:
            for other in around:
                if one < other and abs(reports.hours[one] - reports.hours[other]) <= days * 24:
                    first.append(one)
                    second.append(other)
    one, other = np.array(first), np.array(second)
    east = (reports.lng[one] - reports.lng[other]) * 111_195 * np.cos(np.radians(30.69))
    return one, other, np.hypot(east, (reports.lat[one] - reports.lat[other]) * 111_195)


def by_place(reports: made.Reports):
    one, other, metres = blocked(reports)
    return one[metres <= 60], other[metres <= 60]


def by_tfidf(reports: made.Reports):
    """Blocks, then scikit-learn's TF-IDF of characters minus distance and age: the best peer of the study."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    one, other, metres = blocked(reports)
    rows = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit_transform(plain(reports.texts))
    alike = np.asarray(rows[one].multiply(rows[other]).sum(axis=1)).ravel()
    age = np.abs(reports.hours[one] - reports.hours[other]) / 240
    chosen = alike - 0.4 * metres / 110 - 0.2 * age > 0.16
    return one[chosen], other[chosen]


def by_rapidfuzz(reports: made.Reports):
    from rapidfuzz import fuzz

    one, other, metres = blocked(reports)
    texts = plain(reports.texts)
    alike = np.array([fuzz.token_set_ratio(texts[a], texts[b]) for a, b in zip(one, other, strict=True)]) / 100
    chosen = alike - 0.2 * metres / 110 > 0.35
    return one[chosen], other[chosen]


def by_minhash(reports: made.Reports):
    """MinHash LSH over pairs of characters, then distance and time."""
    from datasketch import MinHash, MinHashLSH

    hashes = []
    for text in plain(reports.texts):
        one = MinHash(num_perm=64)
        one.update_batch([text[at : at + 2].encode() for at in range(max(len(text) - 1, 1))])
        hashes.append(one)
    index = MinHashLSH(threshold=0.4, num_perm=64)
    for at, one in enumerate(hashes):
        index.insert(at, one)
    first, second = [], []
    for at, one in enumerate(hashes):
        for other in index.query(one):
            near = np.hypot((reports.lng[at] - reports.lng[other]) * 95_600, (reports.lat[at] - reports.lat[other]) * 111_195)
            if at < other and near <= 110 and abs(reports.hours[at] - reports.hours[other]) <= 240:
                first.append(at)
                second.append(other)
    return first, second


def duplicates(title: str, goals: dict[str, Goal], peers: tuple[Contender, ...], **options: float) -> Match:
    ours = Contender(OURS, our_pairs, prepare=warmed, repeat=3)
    return Match(title, lambda: made.reports(**options), pairs_score, (ours, *peers), goals, note=NOTE)


# --- issues ---


def issue_score(instance, labels) -> dict[str, float]:
    from sklearn.metrics import adjusted_rand_score

    _texts, issues = instance
    large = np.bincount(issues)[issues] >= 4
    labels = np.asarray(labels)
    return {
        "ARI %": 100 * adjusted_rand_score(issues, labels),
        "ARI of issues with 4 or more %": 100 * adjusted_rand_score(issues[large], labels[large]),
    }


def tfidf_rows(texts: list[str]):
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit_transform(plain(texts))


def by_leiden(instance):
    """Constant-Potts Leiden (igraph, GPL) on the graph of ten nearest neighbours: the best of the study."""
    import igraph

    rows = tfidf_rows(instance[0])
    from sklearn.neighbors import NearestNeighbors

    far, near = NearestNeighbors(n_neighbors=11, metric="cosine").fit(rows).kneighbors(rows)
    edges = {
        (min(one, int(other)), max(one, int(other))): 1 - float(distance)
        for one, (others, distances) in enumerate(zip(near, far, strict=True))
        for other, distance in zip(others, distances, strict=True)
        if one != other and distance < 0.9
    }
    graph = igraph.Graph(n=rows.shape[0], edges=list(edges))
    return graph.community_leiden(
        objective_function="CPM", weights=list(edges.values()), resolution=0.15, n_iterations=4
    ).membership


def by_hdbscan(instance):
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    labels = HDBSCAN(min_cluster_size=2, copy=True).fit_predict(
        normalize(TruncatedSVD(100, random_state=0).fit_transform(tfidf_rows(instance[0])))
    )
    return np.where(labels < 0, len(labels) + np.arange(len(labels)), labels)


def by_connected(instance):
    """Connected pairs above a cosine of 0.3."""
    from scipy.sparse.csgraph import connected_components

    rows = tfidf_rows(instance[0])
    alike = rows @ rows.T
    alike.data[alike.data <= 0.3] = 0
    alike.eliminate_zeros()
    return connected_components(alike, directed=False)[1]


# --- categories ---


def labelled_halves(name: str, generate, count: int):
    """(training texts, labels, asked texts, their labels), real if there are files."""
    real, asked = made.labelled(f"{name}_train"), made.labelled(f"{name}_test")
    if real and asked:
        return (*real, *asked)
    texts, labels = generate(2 * count)
    return texts[:count], labels[:count], texts[count:], labels[count:]


def folds():
    texts, labels = made.labelled("messages") or made.messages()
    order = np.random.default_rng(0).permutation(len(texts))
    return [([texts[at] for at in order], [labels[at] for at in order], turn) for turn in range(5)]


def fold_of(part):
    texts, labels, turn = part
    held = [at for at in range(len(texts)) if at % 5 == turn]
    learned = [at for at in range(len(texts)) if at % 5 != turn]
    return [texts[at] for at in learned], [labels[at] for at in learned], [texts[at] for at in held], [labels[at] for at in held]


def our_labels(instance):
    texts, labels, asked, _truth = instance
    model = likeness.train(texts, labels)
    return likeness.classify(model, asked)[0], model.size_bytes


def our_further(instance):
    """A tenth at first, then tenth by tenth, the old texts forgotten."""
    texts, labels, asked, _truth = instance
    step = len(texts) // 10
    model = likeness.train(texts[:step], labels[:step])
    for begin in range(step, len(texts), step):
        model = likeness.train_further(model, texts[begin : begin + step], labels[begin : begin + step])
    return likeness.classify(model, asked)[0], model.size_bytes


def by_svc(instance):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    texts, labels, asked, _truth = instance
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    model = LinearSVC().fit(vectors.fit_transform(texts), labels)
    return list(model.predict(vectors.transform(asked))), model.coef_.nbytes


def by_bayes(instance):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import ComplementNB

    texts, labels, asked, _truth = instance
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2))
    model = ComplementNB().fit(vectors.fit_transform(texts), labels)
    return list(model.predict(vectors.transform(asked))), model.feature_log_prob_.nbytes


def label_score(instance, answer) -> dict[str, float]:
    labels, size = answer
    truth = instance[3]
    return {
        "right %": 100 * float(np.mean([one == other for one, other in zip(labels, truth, strict=True)])),
        "model MB": size / 1e6,
    }


def five(run):
    """A way to answer, over five folds."""
    return lambda instance: [run(fold_of(part))[0] for part in instance]


def fold_score(instance, answers) -> dict[str, float]:
    from sklearn.metrics import f1_score

    told = [label for part in answers for label in part]
    truth = [label for part in instance for label in fold_of(part)[3]]
    right = 100 * float(np.mean([one == other for one, other in zip(told, truth, strict=True)]))
    return {"right %": right, "macro F1 %": 100 * f1_score(truth, told, average="macro")}


def speed_instance():
    texts, labels, asked, _truth = labelled_halves("headlines", made.headlines, 10_000)
    return texts, labels, (asked * 3)[:25_000]


def our_speed(prepared):
    model, asked = prepared
    return likeness.classify(model, asked)[0]


def svc_ready(instance):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    texts, labels, asked = instance
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    return vectors, LinearSVC().fit(vectors.fit_transform(texts), labels), asked


# --- photos ---


def photos(count: int = 12) -> list[bytes]:
    """JPEG files of 12 megapixels: soft shapes, some grain, as a telephone writes them."""
    files = []
    for seed in range(count):
        random = np.random.default_rng(seed)
        size = (4000, 3000)
        shapes = [
            Image.fromarray(random.integers(0, 255, (*cells, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
            for cells in ((12, 16), (90, 120))
        ]
        grain = Image.fromarray(random.normal(128, 3, (3000, 4000)).clip(0, 255).astype(np.uint8)).convert("RGB")
        picture = Image.blend(Image.blend(*shapes, 0.3), grain, 0.4)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=85)
        files.append(file.getvalue())
    return files


def by_imagehash(files: list[bytes]) -> list[int]:
    import imagehash

    return [int(str(imagehash.phash(Image.open(io.BytesIO(file)))), 16) for file in files]


def photo_score(files: list[bytes], hashes: list[int]) -> dict[str, float]:
    """How far the same picture made smaller is, and the nearest two different ones are."""
    again = []
    for file in files:
        small = io.BytesIO()
        Image.open(io.BytesIO(file)).resize((1000, 750)).save(small, "JPEG", quality=60)
        again.append(likeness.photo_hash(small.getvalue()))
    own = [bin(one ^ other).count("1") for one, other in zip(hashes, again, strict=True)]
    others = [bin(one ^ other).count("1") for at, one in enumerate(hashes) for other in hashes[at + 1 :]]
    return {"most bits, same": max(own), "least bits, other": min(others)}


def matches() -> list[Match]:
    """Every table of this method."""
    return [*duplicate_matches(), issue_match(), *label_matches(), photo_match()]


def duplicate_matches() -> list[Match]:
    blocks = (
        Contender("H3 + time + TF-IDF − distance − age", by_tfidf, package="scikit-learn"),
        Contender("H3 + time + rapidfuzz", by_rapidfuzz, package="rapidfuzz"),
        Contender("MinHash LSH, then place and time", by_minhash, package="datasketch"),
        Contender("H3 + time within 60 m", by_place, package="h3"),
    )
    goals = {"F1 %": Goal(97, more_is_better=True), "CPU s": Goal(20_000 / 16_000)}
    return [
        duplicates("Duplicates: 20,000 reports, words exchanged and clauses dropped", goals, blocks, drop=0.25, other=0.0),
        duplicates("Duplicates: the same, each person in words of their own", {}, blocks[:2], drop=0.35, other=0.35),
    ]


def issue_match() -> Match:
    contenders = (
        Contender(OURS, lambda instance: likeness.find_issues(instance[0]).labels, prepare=warmed),
        Contender("Leiden, constant Potts on 10 neighbours", by_leiden, package="igraph"),
        Contender("connected pairs > 0.3", by_connected, package="scikit-learn"),
        Contender("HDBSCAN on SVD-100", by_hdbscan, package="scikit-learn"),
    )
    goals = {"ARI %": Goal(84, more_is_better=True), "CPU s": Goal(3)}
    return Match("Common issues: 8,000 needs, 2,423 issues", made.needs, issue_score, contenders, goals, note=NOTE)


def label_matches() -> list[Match]:
    svc, bayes = "TF-IDF 1–3 + LinearSVC", "TF-IDF 1–2 + ComplementNB"
    headlines = (
        Contender(OURS, our_labels, prepare=warmed),
        Contender(f"{OURS}, learned in ten steps", our_further, prepare=warmed),
        Contender(svc, by_svc, package="scikit-learn"),
        Contender(bayes, by_bayes, package="scikit-learn"),
    )
    messages = (
        Contender(OURS, five(our_labels), prepare=warmed),
        Contender(svc, five(by_svc), package="scikit-learn"),
        Contender(bayes, five(by_bayes), package="scikit-learn"),
    )
    speed = (
        Contender(OURS, our_speed, prepare=lambda one: warmed((likeness.train(*one[:2]), one[2])), repeat=3),
        Contender(svc, lambda one: list(one[1].predict(one[0].transform(one[2]))), svc_ready, "scikit-learn", 3),
    )
    return [
        Match(
            "Categories: 10,000 headlines to learn from, 10,000 asked",
            lambda: labelled_halves("headlines", made.headlines, 10_000),
            label_score,
            headlines,
            {"right %": Goal(87, more_is_better=True), "model MB": Goal(20)},
            note=NOTE,
        ),
        Match(
            "Categories: 495 messages in 7 groups, five folds",
            folds,
            fold_score,
            messages,
            {"right %": Goal(80, more_is_better=True)},
            note=NOTE,
        ),
        Match(
            "Categories: 25,000 headlines classified by a trained model",
            speed_instance,
            lambda _instance, answer: {"texts": len(answer)},
            speed,
            {"CPU s": Goal(1)},
            note=NOTE,
        ),
    ]


def photo_match() -> Match:
    contenders = (
        Contender(OURS, likeness.photo_hashes, repeat=3),
        Contender(f"{OURS}, one thread", lambda files: likeness.photo_hashes(files, threads=1), repeat=3),
        Contender("ImageHash phash", by_imagehash, package="imagehash"),
    )
    goals = {"wall s": Goal(round(12 / 110, 3))}
    return Match("Photo hashes: 12 JPEG files of 12 megapixels", photos, photo_score, contenders, goals, note="Made-up pictures.")


# --- the picture ---

TINTS = ("#2f6f5e", "#c26a3a", "#4a6fa5", "#8a6d3b", "#7a4e7e", "#3f8a8c", "#a04a5a", "#5f7f35")


def picture() -> str:
    """What 900 needs have in common: one dot a need, one ring an issue, its own words beside it."""
    texts, _truth = made.needs(900, seed=5, matters=120, stories=0)
    found = likeness.find_issues(texts)
    shown = found.issues[:24]
    width, height = 960, 600
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" role="img">',
        f'<rect width="{width}" height="{height}" rx="12" fill="#fbfaf6"/>',
        f'<text x="28" y="38" font-size="18" fill="#26332f">{len(texts)} needs have {len(found.issues)} issues in common; '
        f"the {len(shown)} largest in their own words</text>",
    ]
    for place, issue in enumerate(shown):
        column, row = place % 6, place // 6
        x, y, tint = 90 + column * 156, 104 + row * 136, TINTS[place % len(TINTS)]
        reach = 8 + 2.9 * len(issue.members) ** 0.5
        parts.append(f'<circle cx="{x}" cy="{y}" r="{reach + 8:.1f}" fill="{tint}" opacity="0.12"/>')
        for at in range(len(issue.members)):
            angle, away = at * 2.39996, 2.9 * (at + 0.5) ** 0.5
            parts.append(
                f'<circle cx="{x + away * np.cos(angle):.1f}" cy="{y + away * np.sin(angle):.1f}" r="2.3" fill="{tint}"/>'
            )
        for line, words in enumerate(issue.words[:2]):
            parts.append(
                f'<text x="{x}" y="{y + 50 + 15 * line}" font-size="12" fill="#26332f" text-anchor="middle">{words}</text>'
            )
        parts.append(
            f'<text x="{x}" y="{y + 80}" font-size="11" fill="#6a766f" text-anchor="middle">{len(issue.members)} needs</text>'
        )
    return "\n".join([*parts, "</svg>", ""])

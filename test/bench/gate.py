"""The same gate in plain Python, as a peer for speed and for figures: reads windows as JSON lines, one rollout.

Judges what gate.ts judges (errors, error limit, latency, latency objective, drift of classes by PSI, shadow disagreement,
paired errors; harm and promotion), with the defaults of its policy, and writes one JSON object: microseconds per look of
each run, and the log evidence after each window. Texts and intervals for people are left out, in the peer's favour.
"""

import json
import math
import sys
import time

NEG = float("-inf")
ALPHA, BETA = 0.01, 0.05
CLEAR_AT = math.log(1 / BETA)
GRID = [1 + 0.125 * 2**j for j in range(11)]
PROMOTION = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
SHARES = {"error": 0.25, "errorMax": 0.1, "latency": 0.25, "latencyMax": 0.1, "drift": 0.15, "shadow": 0.15, "paired": 0.1}
TOTAL_SHARE = sum(SHARES.values())
SOAK_MS, WARM_UP_MS, MIN_REQUESTS = 120_000, 30_000, 200


def logaddexp(a, b):
    if a == NEG:
        return b
    if b == NEG:
        return a
    m = max(a, b)
    return m + math.log1p(math.exp(min(a, b) - m))


def logsumexp(values):
    m = max(values)
    return m if m == NEG else m + math.log(sum(math.exp(x - m) for x in values))


def grid_weights(ratios):
    raw = [math.exp(-0.5 * (math.log2((x - 1) / 2) / 3) ** 2) for x in ratios]
    total = sum(raw)
    return [x / total for x in raw]


class Mixture:
    def __init__(self, weights, share):
        self.log_weights = [math.log(w) for w in weights]
        self.wealth = [NEG] * len(weights)
        self.reserve, self.log_e, self.step = 1.0, 0.0, None
        self.cap = 0.5 * math.log(1 / (ALPHA * share))

    def update(self, bets, step, cap_part=1.0):
        part = 0.5 if self.step is None else 0.01 if step == self.step else 0.4
        self.step = step
        invested = part * self.reserve
        self.reserve -= invested
        log_invested = math.log(invested)
        self.wealth = [logaddexp(w, log_invested + lw) + b for w, lw, b in zip(self.wealth, self.log_weights, bets)]
        e = logaddexp(logsumexp(self.wealth), math.log(self.reserve))
        over = e - (self.log_e + cap_part * self.cap)
        if over > 0:
            self.wealth = [w - over for w in self.wealth]
            e = logaddexp(logsumexp(self.wealth), math.log(self.reserve))
        self.log_e = e


class Promotion:
    def __init__(self):
        self.step, self.wealth = 0, [0.0] * 10

    def enter(self, step):
        if self.step != step:
            if self.step != 0:
                self.wealth = [0.0] * 10
            self.step = step

    def update(self, bets, phi):
        self.wealth = [w + b / phi for w, b in zip(self.wealth, bets)]

    def cleared(self):
        return logsumexp(self.wealth) - math.log(10) >= CLEAR_AT


class Dispersion:
    def __init__(self):
        self.scales, self.scatter, self.count = (1, 3, 6, 18), [0.0] * 4, [0] * 4
        self.open, self.size, self.total = [None] * 4, [0] * 4, None

    def get(self):
        return max([1.0] + [(x + 20) / (n + 20) for x, n in zip(self.scatter, self.count)])

    @staticmethod
    def add(u, v):
        if u is None:
            return v
        second = None if v[3] is None else [x + y for x, y in zip(u[3], v[3])]
        return (u[0] + v[0], u[1] + v[1], [x + y for x, y in zip(u[2], v[2])], second)

    def update(self, na, nb, events_a, events_b):
        window = (na, nb, events_a, events_b)
        self.total = total = self.add(self.total, window)
        rates = [(e + 0.5) / max(total[0], 1) for e in total[2]]
        if events_b is not None:
            rates = [r / ((e + 0.5) / max(total[1], 1)) for r, e in zip(rates, total[3])]
        for i, scale in enumerate(self.scales):
            block = self.add(self.open[i], window)
            self.size[i] += 1
            self.open[i] = block
            if self.size[i] < scale:
                continue
            self.size[i], self.open[i] = 0, None
            a, b, ea, eb = block
            total_scatter, active = 0.0, 0
            for k, rate in enumerate(rates):
                if eb is None:
                    expected = a * min(rate, 1)
                    variance = expected * (1 - min(rate, 1))
                else:
                    split = rate * a / max(rate * a + b, 1e-9)
                    events = ea[k] + eb[k]
                    expected = events * split
                    variance = events * split * (1 - split) * max(1 - events / max(a + b, 1), 0)
                if variance > 0:
                    total_scatter += (ea[k] - expected) ** 2 / variance
                    active += 1
            if active:
                self.scatter[i] += total_scatter / active
                self.count[i] += 1


def two_sample(na, nb, ea, eb, r, r0, d):
    ly = math.log((r0 * na + nb) / (r * na + nb))
    lx = math.log(r / r0) + ly
    return ea * lx + eb * ly - math.expm1(lx) * d * na


class Limit:
    """One rate against a fixed limit."""

    def __init__(self, limit, share):
        ratios = [g for g in GRID if limit * g < 0.98]
        self.mixture = Mixture(grid_weights(ratios), share)
        self.harm = [(math.log(g), math.log((1 - limit * g) / (1 - limit))) for g in ratios]
        self.clear = [(math.log(g), math.log((1 - limit * g) / (1 - limit))) for g in PROMOTION]
        self.promotion = Promotion()

    def update(self, n, events, possible, step, phi, warm):
        self.promotion.enter(step)
        if n == 0:
            return
        self.mixture.update([(events * x + (n - events) * y) / phi for x, y in self.harm], step)
        if warm:
            self.promotion.update([possible * x + (n - possible) * y for x, y in self.clear], phi)


class Errors:
    def __init__(self, share):
        self.mixture, self.promotion, self.phi = Mixture(grid_weights(GRID), share), Promotion(), Dispersion()

    def update(self, na, nb, ea, eb, step, warm):
        self.promotion.enter(step)
        if na == 0 or nb == 0:
            return
        phi = self.phi.get()
        self.mixture.update([two_sample(na, nb, ea, eb, 1.25 * g, 1.25, 0) / phi for g in GRID], step)
        if warm:
            self.promotion.update([two_sample(na, nb, ea, eb, 1.25 * g, 1.25, 0.005) for g in PROMOTION], phi)
        self.phi.update(na, nb, [ea], [eb])


def isotonic(values, weights):
    pools = []
    for a, b in zip(values, weights):
        pools.append([a, b, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            v = pools.pop()
            u = pools[-1]
            t = u[1] + v[1]
            u[0] = (u[0] * u[1] + v[0] * v[1]) / t if t > 0 else u[0]
            u[1] = t
            u[2] += v[2]
    return [v for v, _, c in pools for _ in range(c)]


def smooth(a, b, kappa):
    sa, sb, size = sum(a), sum(b), len(a)
    pool = [(x + y + 0.5 / size) / (sa + sb + 0.5) for x, y in zip(a, b)]
    return [(x + kappa * q) / (sa + kappa) for x, q in zip(a, pool)], [(y + kappa * q) / (sb + kappa) for y, q in zip(b, pool)]


def tails(h):
    out, above = [], 0
    for x in reversed(h[1:]):
        above += x
        out.append(above)
    return out[::-1]


def nonincreasing(t):
    t = list(t)
    for k in range(len(t) - 2, -1, -1):
        t[k] = max(t[k], t[k + 1])
    return t


def stretch(shares, le, g):
    z = [math.log(p) - math.log1p(-p) for p in shares]
    out = []
    for k in range(len(shares)):
        j = max(k, 1)
        out.append(1 / (1 + math.exp(-(z[k] - (z[j] - z[j - 1]) / math.log(le[j] / le[j - 1]) * math.log(g)))))
    return nonincreasing(out)


def density(t):
    e = [1.0] + list(t) + [0.0]
    return [e[k] - e[k + 1] + 1e-6 for k in range(len(e) - 1)]


def rising_ratio(pa, p0):
    r = isotonic([x / y for x, y in zip(pa, p0)], p0)
    c = sum(x * y for x, y in zip(p0, r))
    return [x / c for x in r]


def slow_share(t, share, odds):
    q = [1 + (odds - 1) * v for v in [1.0] + list(t) + [0.0]]
    return [1 - share + share * odds / (q[k] * q[k + 1]) for k in range(len(q) - 1)]


def fast_end(t):
    f = [0.0] + [1 - v for v in t] + [1.0]
    return [f[k] + f[k + 1] + 0.001 for k in range(len(f) - 1)]


def latency_kernel(ha, hb, rho, m):
    na, nb = sum(ha), sum(hb)
    th = na / (na + nb)
    x = [r / (1 + th * (r - 1)) for r in rho]
    phi = x[:1]
    for k in range(1, len(x)):
        phi.append(phi[-1] + m[k - 1] * (x[k] - x[k - 1]))
    room = 0.95 * (1 - th) / th
    if phi[-1] - 1 > room:
        lam = room / (phi[-1] - 1)
        x, phi = [1 + lam * (v - 1) for v in x], [1 + lam * (v - 1) for v in phi]
    rest = math.log1p(-th)
    return sum(h * math.log(v) for h, v in zip(ha, x)) + sum(h * (math.log1p(-th * v) - rest) for h, v in zip(hb, phi))


class Latency:
    def __init__(self, le, max_seconds, share):
        size = len(le) + 1
        self.le, self.mixture, self.promotion, self.phi = le, Mixture([0.35 / 3] * 6 + [0.1, 0.2], share), Promotion(), Dispersion()
        self.history, self.a, self.b = [0.0] * size, [0.0] * size, [0.0] * size
        self.slow = min(range(len(le)), key=lambda k: abs(math.log(le[k] / max_seconds)))
        self.slow_tolerance, self.slow_step = 1.25, None

    def tail(self):
        n, size = sum(self.history), len(self.history)
        return [(x + 0.5 * (size - 1 - k) / size) / (n + 0.5) for k, x in enumerate(tails(self.history))]

    def bets(self):
        past = self.tail()
        m = [x / y for x, y in zip(stretch(past, self.le, 1.05), past)]

        def tolerated(t):
            return nonincreasing([min(1 - 1e-6, x * y) for x, y in zip(m, t)])

        t = tolerated(past)
        p0 = density(t)
        pa, pb = smooth(self.a, self.b, 20)
        shapes = [rising_ratio(density(stretch(t, self.le, g)), p0) for g in (1.1, 1.3, 2.0)]
        shapes += [slow_share(t, s, o) for s, o in ((0.1, 10), (0.05, 100), (0.02, 5000))] + [fast_end(t)]
        return shapes + [rising_ratio(pa, density(tolerated(tails(pb))))], m

    def update(self, ha, hb, step, warm):
        self.promotion.enter(step)
        na, nb = sum(ha), sum(hb)
        if na == 0 or nb == 0:
            return
        phi = self.phi.get()
        rho, m = self.bets()
        if self.slow_step != step:
            self.slow_step, self.slow_tolerance = step, max(1.25, m[self.slow])
        self.mixture.update([latency_kernel(ha, hb, r, m) / phi for r in rho], step, 1.0 if phi <= 1.5 else 2 / 3)
        if warm:
            ea, eb, r1 = sum(ha[self.slow + 1 :]), sum(hb[self.slow + 1 :]), self.slow_tolerance
            self.promotion.update([two_sample(na, nb, ea, eb, r1 * g, r1, 0.005) for g in PROMOTION], phi)
        self.history = [0.98 * x + y for x, y in zip(self.history, hb)]
        self.a = [0.9 * x + y for x, y in zip(self.a, ha)]
        self.b = [0.9 * x + y for x, y in zip(self.b, hb)]
        ta, tb = tails(ha), tails(hb)
        active = [0.002 < (x + y) / (na + nb) < 0.9 for x, y in zip(ta, tb)]
        self.phi.update(na, nb, [x if c else 0 for x, c in zip(ta, active)], [x if c else 0 for x, c in zip(tb, active)])


def dot(u, v):
    return sum(x * y for x, y in zip(u, v))


def psi_gradient(p, q):
    return [math.log(x / y) + 1 - y / x for x, y in zip(p, q)], [math.log(y / x) + 1 - x / y for x, y in zip(p, q)]


def drift_bet(pa, pb, th, tau):
    m = [th * p + (1 - th) * q for p, q in zip(pa, pb)]
    da, db, f = [p - q for p, q in zip(pa, m)], [p - q for p, q in zip(pb, m)], 1.0
    for it in range(5):
        qa, qb = [q + f * d for q, d in zip(m, da)], [q + f * d for q, d in zip(m, db)]
        ga, gb = psi_gradient(qa, qb)
        c = dot(qa, ga)
        distance = c + dot(qb, gb)
        if it == 0 and distance <= tau:
            return None
        if it < 4:
            s = dot(ga, da) + dot(gb, db)
            f = min(max(f - (distance - tau) / (s if s > 0 else 1.0), 0.0), 1.0)
    u, v = [(g - c) / th for g in ga], [(g - (tau - c)) / (1 - th) for g in gb]
    lowest = min(u + v)
    top, mu = (0.95 / -lowest if lowest < 0 else 1e6), 0.0
    for _ in range(6):
        xu, yv = [z / (1 + mu * z) for z in u], [z / (1 + mu * z) for z in v]
        g1 = th * dot(pa, xu) + (1 - th) * dot(pb, yv)
        g2 = th * dot(pa, [z * z for z in xu]) + (1 - th) * dot(pb, [z * z for z in yv])
        mu = min(max(mu + g1 / max(g2, 1e-300), 0.0), top)
    return [1 + mu * z for z in u], [1 + mu * z for z in v]


def psi_term(q, r):
    return q * (r - 1) * math.log(r)


def drift_upper(a, b, hist, c, f=0.7, h=16, its=24):
    na, nb = sum(a), sum(b)
    total = sum(hist) + 0.5 * len(hist)
    p = [(x + 0.5) / total for x in hist]
    if na <= 0 or nb <= 0 or min(a + b) <= 0:
        return math.inf

    def cost(n, e, r, q):
        return e * math.log(f + (1 - f) * r / q) + (1 - f) * n * (q - r)

    def best(n, e, r):
        return (-(1 - f) * r + math.sqrt(((1 - f) * r) ** 2 + 4 * f * r * e / n)) / (2 * f)

    qa, qb = [best(na, x, r) for x, r in zip(a, p)], [best(nb, x, r) for x, r in zip(b, p)]
    ma = [cost(na, x, r, q) for x, r, q in zip(a, p, qa)]
    mb = [cost(nb, x, r, q) for x, r, q in zip(b, p, qb)]
    slack = c - sum(ma) - sum(mb)
    if slack <= 0:
        return math.inf

    def edge(n, e, r, q, limit, sign):
        lo, hi = 0.0, 60.0
        for _ in range(50):
            x = (lo + hi) / 2
            if cost(n, e, r, q * math.exp(sign * x)) <= limit:
                lo = x
            else:
                hi = x
        return hi

    steps, parts = [i / h for i in range(-h, h + 1)], []
    for k in range(len(a)):
        axes = []
        for n, e, q, m in ((na, a[k], qa[k], ma[k]), (nb, b[k], qb[k], mb[k])):
            down, up = edge(n, e, p[k], q, m + slack, -1), edge(n, e, p[k], q, m + slack, 1)
            logs = [math.log(q) + (-down if z < 0 else up) * z * z for z in steps]
            axes.append((logs, [cost(n, e, p[k], math.exp(x)) for x in logs]))
        (xa, la), (xb, lb) = axes
        limit = ma[k] + mb[k] + slack
        points = [(u + w, psi_term(math.exp(y), math.exp(x - y))) for x, u in zip(xa, la) for y, w in zip(xb, lb) if u + w <= limit + 1e-9]
        for x, u in zip(xa, la):
            for sign in (-1, 1):
                y = math.log(qb[k]) + sign * edge(nb, b[k], p[k], qb[k], max(limit - u, mb[k]), sign)
                points.append((limit, psi_term(math.exp(y), math.exp(x - y))))
        for y, w in zip(xb, lb):
            for sign in (-1, 1):
                x = math.log(qa[k]) + sign * edge(na, a[k], p[k], qa[k], max(limit - w, ma[k]), sign)
                points.append((limit, psi_term(math.exp(y), math.exp(x - y))))
        parts.append(points)

    def dual(z):
        lam = math.exp(z)
        return lam * c + sum(max(v - lam * u for u, v in points) for points in parts)

    lo, hi, g = math.log(1e-4), math.log(1e2), 0.6180339887498949
    x1, x2 = hi - g * (hi - lo), lo + g * (hi - lo)
    y1, y2 = dual(x1), dual(x2)
    for _ in range(its):
        if y1 < y2:
            hi, x2, y2 = x2, x1, y1
            x1 = hi - g * (hi - lo)
            y1 = dual(x1)
        else:
            lo, x1, y1 = x1, x2, y2
            x2 = lo + g * (hi - lo)
            y2 = dual(x2)
    return min(y1, y2)


def shares_of(counts):
    total = sum(counts) + 0.5 * len(counts)
    return [(x + 0.5) / total for x in counts]


class Drift:
    """PSI at most 0.2. Place 0 holds classes without a bucket; every class occurs in the history here."""

    def __init__(self, share):
        self.mixture, self.phi, self.tau = Mixture([1 / 3] * 3, share), Dispersion(), 0.2
        self.earlier, self.long, self.recent, self.step_counts, self.step = [], None, None, None, 0
        self.bound = None

    def start(self):
        known = sum(self.earlier)
        scale = 1000 / known if known > 1000 else 1.0
        none = [0] * len(self.earlier)
        self.long = self.recent = (none, [scale * x for x in self.earlier])
        self.step_counts = (none, none)

    def update(self, ha, hb, step, warm):
        if self.step != step:
            if self.long is not None:
                self.long = tuple([0.25 * x for x in arm] for arm in self.long)
                self.earlier = [x + y for x, y in zip(self.earlier, self.step_counts[1])]
                self.step_counts = ([0] * len(ha), [0] * len(ha))
            self.step, self.bound = step, None
        if self.long is None:
            self.start()
        na, nb = sum(ha), sum(hb)
        if na == 0 or nb == 0:
            return
        phi, bets = self.phi.get(), []
        for memory, kappa in ((self.long, 20), (self.long, 200), (self.recent, 20)):
            bet = drift_bet(*smooth(*memory, kappa), na / (na + nb), self.tau)
            bets.append(0.0 if bet is None else (dot(ha, [math.log(x) for x in bet[0]]) + dot(hb, [math.log(y) for y in bet[1]])) / phi)
        self.mixture.update(bets, step)
        self.long = tuple([x + y for x, y in zip(arm, h)] for arm, h in zip(self.long, (ha, hb)))
        self.recent = tuple([0.9 * x + y for x, y in zip(arm, h)] for arm, h in zip(self.recent, (ha, hb)))
        self.phi.update(na, nb, ha, hb)
        if sum(self.step_counts[0]) > 0 or (warm and sum(self.earlier) >= 100):
            self.step_counts = tuple([x + y for x, y in zip(arm, h)] for arm, h in zip(self.step_counts, (ha, hb)))
        else:
            self.earlier = [x + y for x, y in zip(self.earlier, hb)]

    def cleared(self):
        return self.bound is not None and 1.005 * self.bound[1] <= self.tau

    def tighten(self, urgent):
        n, c = sum(self.step_counts[0]), self.phi.get() * CLEAR_AT
        least = math.ceil(2 * c / self.tau)
        due = (self.bound[2] if self.bound else least) if urgent else (4 * self.bound[0] if self.bound else 4 * least)
        if n == 0 or n < due:
            return
        p, q = shares_of(self.step_counts[0]), shares_of(self.step_counts[1])
        value = dot(p, psi_gradient(p, q)[0]) + dot(q, psi_gradient(p, q)[1])
        if value >= self.tau and urgent:
            return
        total = sum(self.earlier)
        kept = [k for k, x in enumerate(self.earlier) if x >= 0.01 * total]
        upper = drift_upper(*[[counts[k] for k in kept] for counts in (*self.step_counts, self.earlier)], c)
        floor = math.ceil(1.03 * n) + 1
        if upper == math.inf:
            due = max(floor, math.ceil(1.2 * n))
        else:
            room = math.sqrt(self.tau / 1.005) - math.sqrt(max(value, 0))
            predicted = 0.97 * n * ((math.sqrt(upper) - math.sqrt(max(value, 0))) / room) ** 2 if room > 0 else 2 * n
            due = 2 * n if room <= 0 else max(floor, math.ceil(min(predicted, 2 * n)))
        self.bound = (n, upper, due)


class Paired:
    def __init__(self, share, margin=0.005):
        self.mixture, self.promotion, self.phi, self.margin = Mixture(grid_weights(GRID), share), Promotion(), Dispersion(), margin
        self.stakes = [(1 - g) / (1 - margin) for g in PROMOTION]

    def update(self, m, b, c, step):
        self.promotion.enter(step)
        if m == 0:
            return
        phi, d = self.phi.get(), self.margin
        self.mixture.update([(b * math.log(2 * r / (1 + r)) + c * math.log(2 / (1 + r))) / phi for r in GRID], step)
        bets = [b * math.log1p(s * (d - 1)) + c * math.log1p(s * (d + 1)) + (m - b - c) * math.log1p(s * d) for s in self.stakes]
        self.promotion.update(bets, phi)
        if b + c > 0:
            self.phi.update(b + c, 0, [b], None)


class Gate:
    def __init__(self, le, max_seconds, labels, error_max, quantile, max_disagreement):
        share = {name: w / TOTAL_SHARE for name, w in SHARES.items()}
        self.labels, self.max_seconds = labels, max_seconds
        self.error, self.error_max = Errors(share["error"]), Limit(error_max, share["errorMax"])
        self.latency, self.latency_max = Latency(le, max_seconds, share["latency"]), Limit(1 - quantile, share["latencyMax"])
        self.drift, self.shadow, self.paired = Drift(share["drift"]), Limit(max_disagreement, share["shadow"]), Paired(share["paired"])
        self.shadow_phi = Dispersion()
        self.log_share = {name: math.log(s) for name, s in share.items()}
        self.weight, self.step, self.start_ms, self.requests, self.failed, self.passed = None, 0, 0, 0, False, False

    def classes(self, arm):
        counts = [arm["predictions"].get(label, 0) for label in self.labels]
        return [sum(arm["predictions"].values()) - sum(counts)] + counts

    def look(self, window, at_ms):
        weight, stable, pairs = window["weight"], window["stable"], window["shadow"]
        if weight != self.weight:
            self.step += 0 if self.weight is None and weight == 0 else 1
            self.weight, self.start_ms, self.requests, self.passed = weight, at_ms, 0, False
        step, warm = self.step, weight > 0 and at_ms - self.start_ms >= WARM_UP_MS
        m, d = pairs["pairs"], pairs["disagreements"]
        self.shadow.update(m, d, d, step, self.shadow_phi.get(), True)
        self.shadow_phi.update(m, 0, [d], None)
        self.paired.update(m, pairs["canaryOnlyErrors"], pairs["stableOnlyErrors"], step)
        hb = stable["latency"]["counts"]
        if weight == 0:
            self.latency.history = [x + y for x, y in zip(self.latency.history, hb)]
            counts = self.classes(stable)
            self.drift.earlier = [x + y for x, y in zip(self.drift.earlier or [0] * len(counts), counts)]
        else:
            canary = window["canary"]
            na, ha, le = canary["requests"], canary["latency"]["counts"], canary["latency"]["le"]
            self.requests += na
            error_phi, latency_phi = self.error.phi.get(), self.latency.phi.get()
            self.error.update(na, stable["requests"], canary["errors"], stable["errors"], step, warm)
            self.error_max.update(na, canary["errors"], canary["errors"], step, error_phi, warm)
            self.latency.update(ha, hb, step, warm)
            certain = sum(h for k, h in enumerate(ha) if k > 0 and le[k - 1] >= self.max_seconds)
            possible = sum(h for k, h in enumerate(ha) if k >= len(le) or le[k] > self.max_seconds)
            self.latency_max.update(sum(ha), certain, possible, step, latency_phi, warm)
            self.drift.update(self.classes(canary), self.classes(stable), step, warm)
            others = all(s.promotion.cleared() for s in (self.error, self.error_max, self.latency, self.latency_max, self.shadow, self.paired))
            ready = at_ms - self.start_ms >= SOAK_MS and self.requests >= MIN_REQUESTS
            self.drift.tighten(others and ready and not self.drift.cleared())
            self.passed = self.passed or (others and ready and self.drift.cleared())
        parts = {"error": self.error, "errorMax": self.error_max, "latency": self.latency, "latencyMax": self.latency_max, "drift": self.drift, "shadow": self.shadow, "paired": self.paired}
        log_e = logsumexp([self.log_share[name] + part.mixture.log_e for name, part in parts.items()])
        self.failed = self.failed or log_e >= math.log(1 / ALPHA)
        return log_e


def main():
    job = json.load(sys.stdin)
    micros, evidence, verdict = [], [], ""
    for _ in range(job["runs"]):
        gate = Gate(job["le"], job["maxSeconds"], job["labels"], job["errorMax"], job["quantile"], job["maxDisagreement"])
        start = time.process_time()
        evidence = [gate.look(window, at_ms) for window, at_ms in zip(job["windows"], job["atMs"])]
        micros.append((time.process_time() - start) / len(evidence) * 1e6)
        verdict = "fail" if gate.failed else "pass" if gate.passed else "continue"
    json.dump({"microsPerLook": micros, "logE": evidence, "verdict": verdict}, sys.stdout)


main()

"""What names of columns say: the words of each role in English, German, Chinese, Spanish and French.

Words are compared without case and accents. A word of five letters or more also counts as the beginning or the end of a
longer one, as German compounds have it (`Werbeausgaben`), and a Chinese word anywhere, as nothing sets words apart.
"""

from __future__ import annotations

import re
import unicodedata

from bayes_roi.plain_text import without_accents

WORDS: dict[str, str] = {
    "time": """date day week month quarter year time period ds
        datum tag woche monat quartal jahr zeit zeitraum kw 日期 时间 周 月份 季度 年份
        fecha dia semana mes trimestre ano periodo jour semaine mois annee periode""",
    "unit": """geo region regions country state city market store dma territory
        land bundesland stadt markt filiale gebiet 地区 区域 城市 省份 国家 市场 门店
        pais ciudad provincia mercado tienda estado pays ville marche magasin departement""",
    "long": """channel channels kanal kanale canal canales canaux 渠道 medium platform plattform plataforma plateforme
        campaign kampagne campana campagne source quelle fuente""",
    "rival": """competitor competitors competition wettbewerb wettbewerber konkurrenz 竞争 竞品 对手
        competencia competidor competidores concurrent concurrents concurrence""",
    "per": "per pro je por par 每",
    "ratio": "cpc cpm cpa cpo ctr cvr roas roi aov kur tkp",
    "spend": """spend spends spent spending adspend cost costs budget investment invest expenditure
        ausgaben kosten werbeausgaben werbekosten mediakosten werbebudget investition investitionen aufwand
        花费 支出 费用 预算 投放 投入 成本 广告费 广告费用 推广费 推广费用 投放金额 投放费用 消耗
        gasto gastos inversion coste costes costo costos presupuesto depense depenses cout couts investissement""",
    "total": "total totals totale totales totaux overall gesamt insgesamt summe 合计 总计",
    "consequence": """returns refund refunds tax taxes vat shipping tip tips
        retoure retouren erstattung erstattungen steuer steuern mehrwertsteuer mwst versand versandkosten
        退款 退货 税费 税额 运费 devolucion devoluciones reembolso reembolsos impuestos iva envio envios
        retours remboursement remboursements tva livraison""",
    "media": """click clicks impression impressions imps impr views reach grp grps visits sessions traffic leads
        klick klicks impressionen einblendungen sichtkontakte reichweite besuche sitzungen
        点击 曝光 展示 浏览 访问 流量 clic clics impresion impresiones visitas sesiones alcance
        vues visites affichages portee""",
    "population": """population pop inhabitants bevolkerung bevoelkerung einwohner 人口 poblacion habitantes
        habitants""",
    "price": "price prices preis preise 价格 单价 售价 precio precios prix tarif tarifs",
    "promotion": """promo promos promotion promotions discount coupon event events holiday holidays
        aktion aktionen rabatt rabatte angebot feiertag feiertage ferien ereignis 促销 折扣 优惠 活动 节日 节假日 假期
        promocion promociones descuento oferta evento eventos festivo festivos feriado
        remise remises rabais soldes evenement ferie feries""",
    "control": """control index demand volume temperature weather inflation unemployment confidence gqv
        nachfrage temperatur wetter arbeitslosigkeit 指数 需求 气温 天气 demanda indice clima temperatura
        demande meteo chomage""",
    "money": """revenue revenues sales turnover gmv
        umsatz umsatze umsaetze erlos erlose erloes erloese verkaufe verkaeufe einnahmen
        收入 销售额 营收 营业额 成交额 ventas ingresos facturacion ventes revenu revenus chiffre ca recettes""",
    "count": """orders conversion conversions purchases units signups registrations subscriptions installs customers
        bestellungen auftrage auftraege konversionen kaufe kaeufe absatz abschlusse kunden anmeldungen
        订单 转化 销量 购买 下单 注册 pedidos conversiones compras unidades clientes registros
        commandes achats unites inscriptions""",
    "target": "y target response outcome kpi zielgrosse 目标 objetivo cible",
    "channel": """tv television radio print ooh outdoor facebook fb meta instagram tiktok youtube google bing search sem
        social display video affiliate affiliates influencer podcast cinema programmatic amazon snapchat pinterest
        linkedin twitter fernsehen funk plakat zeitung kino suche suchmaschine anzeigen
        电视 广播 户外 抖音 微信 微博 百度 搜索 小红书 快手 报纸
        prensa vallas busqueda redes cine tele presse affichage recherche reseaux
        x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12""",
}
"""Role -> its words; `long` tells rows of channels, `per` a ratio of what stands beside it, and `money`, `count` and
`target` are outcomes.
"""
ENDINGS = {"spend": "_S", "media": "_I"}
"""What names of Robyn's tables end in."""

FILLERS = frozenset({"amount", "importe", "montant", "betrag", "total"})
"""What stands beside the word for a spend: `Amount spent (USD)`."""

CURRENCIES: dict[str, str] = {
    "EUR": "€ eur euro euros",
    "USD": "$ usd dollar dollars dolares",
    "GBP": "£ gbp pounds pfund",
    "CHF": "chf franken",
    "CNY": "cny rmb yuan 元 人民币",
    "JPY": "jpy yen 円",
    "INR": "₹ inr rupees",
    "MXN": "mxn",
    "BRL": "brl",
    "CAD": "cad",
}
"""Code -> the signs and words that tell it."""
MULTIPLES = {
    "k": "k|t|tsd|tausend|thousands?|000s?|miles|milliers|千",
    "m": "m|mm|mn|mio|millions?|millones|millionen|百万",
}
"""Prefix of a currency, thousands and millions -> what stands beside its sign."""

COMPOUND = 5
"""Letters from which a word counts as the beginning or the end of a longer one."""
LISTED = {role: tuple(words.split()) for role, words in WORDS.items()}


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case, without accents: at blanks, signs and capitals inside it.

    >>> tokens("TV-Ausgaben (EUR)"), tokens("AwarenessVideo_spend"), tokens("dépenses_télé")
    (('tv', 'ausgaben', 'eur'), ('awareness', 'video', 'spend'), ('depenses', 'tele'))
    """
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return tuple(re.findall(r"[^\W_]+", without_accents(apart)))


def word_of(name: str, role: str) -> str | None:
    """Return the word by which a name says a role, or None.

    >>> word_of("Radioausgaben", "spend"), word_of("抖音花费", "spend"), word_of("radius", "channel")
    ('ausgaben', '花费', None)
    """
    said = [word for word in LISTED[role] if any(_says(token, word) for token in tokens(name))]
    if not said and role in ENDINGS and name.endswith(ENDINGS[role]):
        return ENDINGS[role]
    return max(said, key=len, default=None)


def without(name: str, role: str) -> str:
    """Return a name without the words of a role and of currencies, joined by _; the whole name where nothing is left.

    >>> without("TV-Ausgaben (EUR)", "spend"), without("抖音花费", "spend"), without("amount_spent_usd_meta", "spend")
    ('tv', '抖音', 'meta')
    """
    money = {word for words in CURRENCIES.values() for word in words.split()}
    kept = []
    for token in tokens(name.removesuffix(ENDINGS.get(role, ""))):
        found = max((word for word in LISTED[role] if _says(token, word)), key=len, default="")
        rest = token.removeprefix(found).removesuffix(found)
        if rest and token not in money and not (role == "spend" and token in FILLERS):
            kept.append(rest)
    return "_".join(kept) or "_".join(tokens(name))


def is_ratio(name: str) -> bool:
    """Whether a name says one thing for each of another.

    >>> is_ratio("revenue_per_order"), is_ratio("Umsatz pro Kunde"), is_ratio("cpc"), is_ratio("pro_sales")
    (True, True, True, False)
    """
    inside = "_".join(tokens(name)[1:-1])
    return word_of(name, "ratio") is not None or word_of(inside, "per") is not None


def currency_of(name: str) -> str | None:
    """Return the code of the currency that a sign or a word of a name tells, or None; thousands and millions with it.

    >>> [currency_of(n) for n in ("Umsatz in €", "sales_usd", "sales", "Revenue (k€)", "Umsatz Mio. EUR")]
    ['EUR', 'USD', None, 'kEUR', 'mEUR']
    """
    there = tokens(name)
    for code, words in CURRENCIES.items():
        for word in words.split():
            if word in there or (not word.isascii() and word in name) or (word == "$" and word in name):
                return _multiple_of(name, word) + code
    return None


def _multiple_of(name: str, currency: str) -> str:
    """Return in which multiple of a currency a name counts, as a prefix; empty where it says none."""
    sign = re.escape(currency)
    for multiple, words in MULTIPLES.items():
        if re.search(rf"(?<![a-z])(?:{words})[\s._()]*{sign}|{sign}[\s._()]*(?:{words})(?![a-z])", name.lower()):
            return multiple
    return ""


def _says(token: str, word: str) -> bool:
    if token == word:
        return True
    if not word.isascii():
        return word in token
    return len(word) >= COMPOUND and (token.startswith(word) or token.endswith(word))

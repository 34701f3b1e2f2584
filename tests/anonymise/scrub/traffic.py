"""Make traffic that nobody recorded: other platforms, languages and encodings than the recorded corpus has.

A template writes `{field}`; a field is a value, the label it has or None for something harmless, and how it is encoded.
"""

import base64
import json
import random
import string
from urllib.parse import quote, quote_plus

from tests.anonymise.scrub.score import Line

GIVEN = [
    "Ingrid",
    "Mateusz",
    "Aylin",
    "Giulia",
    "Noémie",
    "Joaquín",
    "Beatriz",
    "Sanne",
    "Åsa",
    "Mikkel",
    "Aino",
    "Jiří",
    "Zeynep",
    "Haruto",
    "Minjun",
    "Olga",
    "Tobias",
    "Siobhán",
]
SURNAMES = [
    "Solberg",
    "Wójcik",
    "Yıldız",
    "Esposito",
    "Lefèvre",
    "Ibáñez",
    "Carvalho",
    "Vermeulen",
    "Lindqvist",
    "Kjær",
    "Mäkelä",
    "Dvořák",
    "Aksoy",
    "Sato",
    "Kowalski",
    "Brandt",
]
HOSTS = [
    "posta.example",
    "mail.test",
    "firma.example",
    "correo.test",
    "xn--mller-kva.example",
    "sub.dom.example.net",
    "example.org",
]


class Dice(random.Random):
    """Draws values of one kind each. Nothing here is anybody's: reserved ranges and domains, or made-up numbers."""

    def digits(self, count, first="123456789"):
        return self.choice(first) + "".join(self.choices(string.digits, k=count - 1))

    def word(self, count, alphabet=string.ascii_letters + string.digits):
        return "".join(self.choices(alphabet, k=count))

    def email(self):
        local = self.choice(["{g}.{s}", "{g}_{n}", "{g}+{w}", "{g}{n}", "{s}"]).format(
            g=self.choice(GIVEN).lower(), s=self.choice(SURNAMES).lower(), n=self.randrange(1999), w="promo"
        )
        return f"{local}@{self.choice(HOSTS)}"

    def phone(self):
        shapes = (
            "+48 5## ### ###", "+39 3## ### ####", "+81-90-####-####", "+82 10-####-####", "+55 (11) 9####-####", "+90 532 ### ## ##",
            "+351 91# ### ###", "0049 (0)171 #######", "+420 7## ### ###", "(415) 555-01##", "+7 (912) ###-##-##", "+86 138 #### ####",
            "07700 9002##", "+33 6 ## ## ## ##", "+972-54-###-####", "+358 40 ### ####", "+4670#######", "+32470######",
        )  # fmt: skip
        return self.fill(self.choice(shapes))

    def local_phone(self):
        shapes = ("0171 #######", "06 12 34 ## ##", "612 34 56 ##", "5## ### ###", "070-123 ## ##", "0532 ### ## ##", "333 1234###",
                  "090-####-####", "010-####-####", "0#########", "9########", "(11) 9####-####", "912 34 5##", "20 ## ## ##")  # fmt: skip
        return self.fill(self.choice(shapes))

    def fill(self, shape):
        return "".join(self.choice("23456789") if sign == "#" else sign for sign in shape)

    def luhn(self, body):
        doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
        return body + str(-sum(number - 9 * (number > 9) for number in doubled) % 10)

    def card(self):
        prefix, length = self.choice(
            [("4", 16), ("55", 16), ("2223", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14), ("62", 16)]
        )
        number = self.luhn(prefix + "".join(self.choices(string.digits, k=length - len(prefix) - 1)))
        if length != 16:
            return number
        return self.choice(["", " ", "-"]).join(number[at : at + 4] for at in range(0, 16, 4))

    def iban(self):
        country, length = self.choice(
            [("DE", 22), ("ES", 24), ("PL", 28), ("NO", 15), ("TR", 26), ("PT", 25), ("CH", 21), ("BE", 16), ("SE", 24)]
        )
        rest = "".join(self.choices(string.digits, k=length - 4))
        check = 98 - int("".join(str(int(sign, 36)) for sign in f"{rest}{country}00")) % 97
        plain = f"{country}{check:02}{rest}"
        return " ".join(plain[at : at + 4] for at in range(0, length, 4)) if self.random() < 0.4 else plain

    def national(self):
        """A name of a parameter and a number that fits it."""
        day, month, year = self.randrange(1, 29), self.randrange(1, 13), self.randrange(50, 99)
        names = {
            "cpf": self.cpf, "pesel": lambda: f"{year:02}{month:02}{day:02}{self.digits(5)}", "bsn": lambda: self.digits(9),
            "personnummer": lambda: self.luhn_dashed(f"{year:02}{month:02}{day:02}"), "codiceFiscale": lambda: f"RSSMRA{year:02}A{day:02}H501{self.choice('ABCZ')}",
            "dni": self.dni, "tc_kimlik": lambda: self.digits(11), "henkilotunnus": lambda: f"{day:02}{month:02}{year:02}-{self.digits(3)}A",
            "rrn": lambda: f"{year:02}{month:02}{day:02}-{self.digits(7, '12')}", "shenfenzheng": lambda: f"110105{1900 + year}{month:02}{day:02}{self.digits(4)}",
            "aadhaar_number": lambda: self.fill("#### #### ####"), "steuerId": lambda: self.digits(11), "passport_no": lambda: f"C{self.digits(8)}",
            "snils": lambda: self.fill("###-###-### ##"), "birthNumber_rodne_cislo": lambda: f"{year:02}{month:02}{day:02}/{self.digits(4)}", "SSN": lambda: f"{self.randrange(100, 600)}-{self.randrange(10, 99)}-{self.randrange(1000, 9999)}",
        }  # fmt: skip
        name = self.choice(sorted(names))
        return name, names[name]()

    def cpf(self):
        digits = [self.randrange(10) for _ in range(9)]
        for length in (10, 11):
            digits.append(sum(digit * (length - place) for place, digit in enumerate(digits)) * 10 % 11 % 10)
        text = "".join(map(str, digits))
        return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"

    def luhn_dashed(self, date):
        number = self.luhn(date + self.digits(3))
        return f"{number[:6]}-{number[6:]}"

    def dni(self):
        number = self.digits(8)
        return number + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]

    def ip(self):
        v4 = f"203.0.113.{self.randrange(1, 255)}"
        return self.choice(
            [
                v4,
                f"198.51.100.{self.randrange(1, 255)}",
                f"2001:db8:{self.randrange(1, 9999):x}::{self.randrange(1, 9999):x}",
            ]
        )

    def person(self):
        return f"{self.choice(GIVEN)} {self.choice(SURNAMES)}"

    def birthday(self):
        year, month, day = self.randrange(1940, 2008), self.randrange(1, 13), self.randrange(1, 29)
        return self.choice([f"{day:02}.{month:02}.{year}", f"{year}-{month:02}-{day:02}", f"{day}/{month}/{year}"])

    def uuid(self):
        return "-".join(self.word(count, "0123456789abcdef") for count in (8, 4, 4, 4, 12))

    def jwt(self):
        body = base64.urlsafe_b64encode(json.dumps({"sub": self.digits(8)}).encode()).decode().rstrip("=")
        return f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{body}.{self.word(43)}"

    def sha256(self):
        return self.word(64, "0123456789abcdef")


ENCODERS = {
    "raw": lambda text: text,
    "once": lambda text: quote(text, safe=""),
    "twice": lambda text: quote(quote(text, safe=""), safe=""),
    "thrice": lambda text: quote(quote(quote(text, safe=""), safe=""), safe=""),
    "plus": quote_plus,
    "lower": lambda text: "".join(part if part[:1] != "%" else part.lower() for part in _parts(quote(text, safe=""))),
    "every": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "base64": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "json": lambda text: json.dumps(text, ensure_ascii=True)[1:-1],
    "unicode": lambda text: "".join(f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else sign for sign in text),
    "html": lambda text: text.replace("@", "&#64;").replace(".", "&#x2e;"),
    "wide": lambda text: "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text),
    "wide once": lambda text: quote(ENCODERS["wide"](text), safe=""),
    "invisible": lambda text: quote(text.replace("@", "\u200b@"), safe=""),
    "arabic": lambda text: quote("".join(chr(ord(sign) + 0x630) if sign.isdigit() else sign for sign in text), safe=""),
}  # fmt: skip


def _parts(text):
    at = 0
    while at < len(text):
        size = 3 if text[at] == "%" else 1
        yield text[at : at + size]
        at += size


class Draft:
    """A line that is being written, with the places of what stands in it."""

    def __init__(self, kind):
        self.kind, self.text, self.personal, self.harmless = kind, "", [], []

    def add(self, text, label=None, harmless=None):
        start = len(self.text)
        self.text += text
        if label:
            self.personal.append([start, len(self.text), label])
        if harmless:
            self.harmless.append([start, len(self.text), harmless])
        return self

    def line(self):
        return Line(self.kind, self.text, self.personal, self.harmless)


WEB = ("once", "once", "once", "twice", "plus", "lower", "every")


def hubspot(dice):
    draft = Draft("query").add(f"k=1&sd=1920x1080&cd=24-bit&ln=pl-pl&a={dice.digits(7)}&pu=")
    draft.add(quote("https://sklep.example/potwierdzenie?adres_email=", safe="")).add(
        ENCODERS["twice"](dice.email()), "EMAIL"
    )
    draft.add("&t=Potwierdzenie&cts=").add(f"17{dice.digits(11)}", harmless="milliseconds")
    draft.add("&vi=").add(dice.word(32, "0123456789abcdef"))
    return draft.add("&hubspotutk=").add(dice.word(32, "0123456789abcdef"), "ONLINE_ID").line()


def matomo(dice):
    draft = (
        Draft("query")
        .add(f"action_name=Danke&idsite=4&rec=1&r={dice.digits(6)}&h=12&m=30&s=11&urlref=&_id=")
        .add(dice.word(16, "0123456789abcdef"))
    )
    draft.add("&uid=").add(ENCODERS["once"](dice.email()), "EMAIL").add("&cip=").add(ENCODERS["once"](dice.ip()), "IP")
    draft.add("&ec_id=").add(dice.digits(9), harmless="order").add("&revenue=129.90&gt_ms=412&pv_id=").add(
        dice.word(6), harmless="page view"
    )
    return draft.add("&ua=Mozilla%2F5.0+Chrome%2F").add("142.0.0.0", harmless="version").line()


def klaviyo(dice):
    data = json.dumps(
        {
            "token": "ABC123",
            "event": "Placed Order",
            "customer_properties": {"$email": dice.email(), "$first_name": dice.choice(GIVEN)},
        }
    )
    return (
        Draft("query")
        .add("data=")
        .add(ENCODERS[dice.choice(["base64", "base64url"])](data), "EMAIL")
        .add("&v=")
        .add("1.2.14.3", harmless="version")
        .line()
    )


def tiktok(dice):
    draft = Draft("json").add('{"event":"CompletePayment","event_id":"').add(dice.uuid(), harmless="event id")
    draft.add('","timestamp":"2026-11-26T10:00:00Z","context":{"user":{"email":"').add(dice.sha256(), "EMAIL_HASH")
    draft.add('","phone_number":"').add(dice.sha256(), "PHONE_HASH").add('"},"ip":"').add(dice.ip(), "IP")
    draft.add('","page":{"url":"https://dukkan.example/tesekkurler?telefon=').add(
        ENCODERS["once"](dice.phone()), "PHONE"
    )
    return (
        draft.add('"}},"properties":{"content_id":"')
        .add(dice.digits(12), harmless="product")
        .add('","value":19.9}}')
        .line()
    )


def adobe(dice):
    draft = (
        Draft("query")
        .add("AQB=1&ndh=1&mid=")
        .add(dice.digits(38), "ONLINE_ID")
        .add("&pageName=checkout%3Athanks&purchaseID=")
        .add(dice.digits(16), harmless="order")
    )
    draft.add("&products=;").add(f"SKU-{dice.digits(8)}", harmless="sku").add("&c12=").add(
        ENCODERS[dice.choice(WEB)](dice.email()), "EMAIL"
    )
    return draft.add("&appVersion=").add("4.23.0.11", harmless="version").add("&AQE=1").line()


FORMS = {
    "PERSON_NAME": "vorname nachname prenom apellidos cognome sobrenome achternaam nazwisko förnamn efternavn sukunimi příjmení soyadı 氏名 姓名 성명 имя "
    "الاسم billing_first_name shippingLastName contact[full_name] cardholderName",
    "PHONE": "telefonnummer téléphone móvil cellulare telemóvel mobiel numer_telefonu mobilnummer puhelin telefon cep_telefonu 電話番号 手机号 전화번호 телефон "
    "رقم_الهاتف customer[phone] billing_phone_number phone2",
    "ADDRESS": "straße adresse dirección indirizzo endereço straat ulica gatuadress katuosoite adres 住所 地址 주소 адрес shipping_address_1",
    "POSTCODE": "plz code_postal código_postal cap cep kod_pocztowy postnummer posta_kodu 郵便番号 邮编 우편번호 индекс billing_zip",
    "DOB": "geburtsdatum date_naissance fecha_nacimiento data_nascita data_urodzenia födelsedatum doğum_tarihi 生年月日 生日 생년월일 дата_рождения birth_date",
    "PASSWORD": "passwort mot_de_passe contraseña wachtwoord hasło lösenord şifre heslo パスワード 密码 비밀번호 пароль user[password_confirmation]",
    "EMAIL": "e-mail courriel correo posta e_post sähköposti メール 邮箱 이메일 почта البريد customerEmail billing[email] user.email2",
    "CREDIT_CARD": "kreditkarte numero_carte tarjeta carta_di_credito kaartnummer カード番号 卡号 card_number ccnum",
    "IBAN": "iban account_iban bank[iban] kontonummer_iban",
}  # fmt: skip
VALUES = {
    "PERSON_NAME": lambda dice: dice.choice(GIVEN), "PHONE": lambda dice: dice.choice([dice.phone, dice.local_phone])(), "POSTCODE": lambda dice: dice.digits(5),
    "ADDRESS": lambda dice: f"{dice.choice(SURNAMES)}straße {dice.randrange(1, 99)}", "DOB": Dice.birthday, "PASSWORD": lambda dice: dice.word(11),
    "EMAIL": Dice.email, "CREDIT_CARD": Dice.card, "IBAN": Dice.iban,
}  # fmt: skip


def form(dice):
    draft = Draft(dice.choice(["form", "query"])).add("step=3&commit=OK")
    for label in dice.sample(sorted(FORMS), 3):
        name = dice.choice(FORMS[label].split())
        draft.add("&" + (quote(name, safe="[]") if dice.random() < 0.7 else name) + "=")
        draft.add(ENCODERS[dice.choice(("once", "plus", "every"))](VALUES[label](dice)), label)
    draft.add("&menge=2&bestellnummer=").add(dice.digits(dice.randrange(8, 17)), harmless="order")
    return draft.add("&artikelnummer=").add(dice.digits(13), harmless="article").line()


def national(dice):
    name, value = dice.national()
    draft = (
        Draft(dice.choice(["query", "form"]))
        .add(f"land=XX&{name}=")
        .add(ENCODERS[dice.choice(("once", "plus"))](value), "NATIONAL_ID")
    )
    return (
        draft.add("&sendungsnummer=")
        .add(dice.digits(12), harmless="parcel")
        .add("&version=")
        .add("10.2.33.4", harmless="version")
        .line()
    )


def any_encoding(dice):
    draft = Draft("query").add("a=1&payload=")
    return (
        draft.add(ENCODERS[dice.choice(sorted(ENCODERS))](dice.email()), "EMAIL")
        .add("&b=")
        .add(dice.digits(6), harmless="number")
        .line()
    )


def wide_numbers(dice):
    label, value, name = dice.choice(
        [("PHONE", dice.phone(), "telefono"), ("CREDIT_CARD", dice.card(), "card"), ("IBAN", dice.iban(), "iban")]
    )
    encoder = dice.choice(["wide once", "arabic", "twice", "every", "unicode"])
    return Draft("query").add(f"{name}=").add(ENCODERS[encoder](value), label).add("&x=1").line()


def nested(dice):
    inner = f"https://tienda.example/gracias?pedido={dice.digits(10)}&correo={quote(dice.email(), safe='')}"
    start = inner.index("correo=") + 7
    head, tail = quote(inner[:start], safe=""), quote(inner[start:], safe="")
    outer = Draft("url").add("https://click.example/r?d=").add(quote("https://r.example/?to=", safe=""))
    return outer.add(quote(head, safe="")).add(quote(tail, safe=""), "EMAIL").add("&sig=0").line()


def graph(dice):
    draft = (
        Draft("json")
        .add('{"operationName":"Checkout","variables":{"input":{"customer":{"id":"')
        .add(dice.digits(8), "USER_ID")
    )
    draft.add('","name":"').add(dice.person(), "PERSON_NAME").add('","contactEmail":"').add(
        ENCODERS[dice.choice(["raw", "unicode"])](dice.email()), "EMAIL"
    )
    draft.add('","mobilePhone":"').add(dice.phone(), "PHONE").add('"},"items":[{"sku":"').add(
        f"{dice.word(3)}-{dice.digits(9)}", harmless="sku"
    )
    draft.add('","name":"Regal ').add("Kallax 4x4", harmless="article").add('","ean":').add(
        dice.digits(13), harmless="ean"
    )
    draft.add('}],"payment":{"iban":"').add(dice.iban(), "IBAN").add('"},"build":"').add("7.1.204.9", harmless="build")
    return draft.add('","traceId":"').add(dice.word(32, "0123456789abcdef"), harmless="trace").add('"}}}').line()


SENTENCES = (
    ("Guten Tag, meine Nummer ist ", "local_phone", "PHONE", ", Bestellung "), ("Bonjour, appelez-moi au ", "local_phone", "PHONE", " pour la commande "),
    ("Proszę dzwonić: ", "phone", "PHONE", ", zamówienie "), ("Mi correo es ", "email", "EMAIL", " y el pedido "), ("Fatura için ", "iban", "IBAN", " sipariş "),
    ("Kontonummer ", "iban", "IBAN", " ordre "), ("Ik ben bereikbaar op ", "phone", "PHONE", " bestelling "), ("メールは ", "email", "EMAIL", " 注文 "),
    ("Betaald met ", "card", "CREDIT_CARD", " factuur "), ("Мой телефон ", "phone", "PHONE", " заказ "), ("Meu CPF é ", "cpf", "NATIONAL_ID", " pedido "),
)  # fmt: skip


def sentence(dice):
    before, what, label, after = dice.choice(SENTENCES)
    draft = Draft("json").add('{"type":"chat","mensagem":"').add(before).add(getattr(dice, what)(), label)
    return draft.add(after).add(dice.digits(7), harmless="order").add('"}').line()


def header(dice):
    name, value, label = dice.choice([
        ("X-Forwarded-For", dice.ip(), "IP"), ("Authorization", f"Bearer {dice.jwt()}", "JWT"), ("X-Api-Key", dice.word(32), "AUTH_TOKEN"),
        ("True-Client-IP", dice.ip(), "IP"),
    ])  # fmt: skip
    draft = (
        Draft("header")
        .add(f"{name}: ")
        .add(value, label)
        .add("\nUser-Agent: Mozilla/5.0 Chrome/")
        .add("142.0.7444.60", harmless="version")
    )
    return draft.add("\nReferer: https://loja.example/?email=").add(ENCODERS["once"](dice.email()), "EMAIL").line()


def cookie(dice):
    draft = (
        Draft("cookie")
        .add("theme=dark; hubspotutk=")
        .add(dice.word(32, "0123456789abcdef"), "ONLINE_ID")
        .add("; PHPSESSID=")
        .add(dice.word(26), "AUTH_TOKEN")
    )
    return (
        draft.add("; last_order=")
        .add(dice.digits(10), harmless="order")
        .add("; user_mail=")
        .add(ENCODERS["once"](dice.email()), "EMAIL")
        .line()
    )


def path(dice):
    person = f"{dice.choice(GIVEN)}-{dice.choice(SURNAMES)}".lower()
    draft = Draft("url").add("https://app.example/members/").add(quote(person), "PERSON_NAME").add("/p/")
    draft.add(f"stol-{dice.digits(8)}", harmless="article").add("/email/").add(
        ENCODERS[dice.choice(["once", "twice"])](dice.email()), "EMAIL"
    )
    return draft.add("/v/").add("3.11.0.2", harmless="version").line()


def shop(dice):
    """Nothing personal at all."""
    draft = (
        Draft("query")
        .add("ev=ViewContent&content_ids=")
        .add(f"%5B{dice.digits(14)}%5D", harmless="products")
        .add("&tracking_number=")
        .add(f"1Z{dice.digits(14)}", harmless="parcel")
    )
    draft.add("&hex=").add("ff8800", harmless="colour").add("&price=").add("1299.00", harmless="price").add("&ts=").add(
        f"1{dice.digits(9)}", harmless="seconds"
    )
    draft.add("&isbn=").add(f"978-3-16-{dice.digits(6)}-0", harmless="isbn").add("&trace_id=").add(
        dice.uuid(), harmless="trace"
    )
    draft.add("&img=").add("hero@3x.webp", harmless="image").add("&pkg=").add(
        "@nuxt/kit@3.9.0", harmless="package"
    ).add("&utm_id=").add(dice.digits(11), harmless="campaign")
    return (
        draft.add("&etag=")
        .add(dice.word(40, "0123456789abcdef"), harmless="etag")
        .add("&slot=")
        .add("14:30:00-15:00:00", harmless="times")
        .line()
    )


def landing(dice):
    draft = (
        Draft(dice.choice(["url", "referrer"]))
        .add("https://butik.example/kampanj/")
        .add("sommarrea-2026-06-21", harmless="slug")
    )
    name = dice.choice(["e_post", "mailadress", "user_email", "recipientEmail", "u[email]", "q", "ref", "data"])
    draft.add(f"?{name}=").add(ENCODERS[dice.choice(WEB)](dice.email()), "EMAIL").add("&utm_source=nyhetsbrev&size=")
    return (
        draft.add("42-44", harmless="size").add("&lat=59.33&gclid=").add(f"Cj0KCQ{dice.word(60)}", "ONLINE_ID").line()
    )


TEMPLATES = (
    hubspot, matomo, klaviyo, tiktok, adobe, form, form, form, national, national, any_encoding, any_encoding, wide_numbers, nested, graph,
    sentence, sentence, header, cookie, path, shop, landing,
)  # fmt: skip


def corpus(seed: int, lines: int) -> list[Line]:
    """So many lines, each template in turn; the same for the same seed."""
    dice = Dice(seed)
    return [TEMPLATES[number % len(TEMPLATES)](dice) for number in range(lines)]

//! The words that the made-up notes are written in, the most frequent first.

/// The words of one language, and how it makes longer ones.
#[derive(Debug)]
pub(crate) struct Lexicon {
    /// Words that are only grammar.
    pub(crate) grammar: &'static [&'static str],
    /// Words that carry meaning.
    pub(crate) content: &'static [&'static str],
    /// What compounds and family names are made of.
    pub(crate) nouns: &'static [&'static str],
    /// First names.
    pub(crate) names: &'static [&'static str],
    /// Endings of family names.
    pub(crate) endings: &'static [&'static str],
    /// Headings of sections.
    pub(crate) headings: &'static [&'static str],
    /// Words that begin a question.
    pub(crate) questions: &'static [&'static str],
    /// Makes a compound.
    pub(crate) join: fn(&str, &str) -> String,
}

/// German.
#[rustfmt::skip]
pub(crate) static GERMAN: Lexicon = Lexicon {
    grammar: &[
        "und", "die", "der", "in", "ich", "das", "zu", "nicht", "es", "mit", "den", "auf",
        "ist", "für", "noch", "auch", "von", "dem", "ein", "wir", "aber", "am", "im", "hat",
        "war", "um", "an", "eine", "bei", "nach", "so", "als", "wie", "aus", "sie", "er",
        "dann", "nur", "mehr", "wenn", "über", "einen", "zum", "zur", "vor", "schon", "bis",
        "was", "doch", "wieder", "sehr", "hier", "ohne", "durch", "gegen", "zwischen", "seit",
        "weil", "dass",
    ],
    content: &[
        "Wärmepumpe", "heute", "gestern", "morgen", "Termin", "Rechnung", "bestellt",
        "angerufen", "Garten", "Haus", "Wartung", "Filter", "repariert", "gekauft", "Auto",
        "Fahrrad", "Schule", "Lehrer", "Anruf", "Steuer", "Versicherung", "bezahlt", "Vertrag",
        "gekündigt", "Heizung", "Strom", "Wasser", "Zähler", "abgelesen", "Dach", "Keller",
        "Küche", "Schlüssel", "gefunden", "verloren", "Bahn", "Reise", "gebucht", "Urlaub",
        "Hotel", "Arzt", "Zahnarzt", "Rezept", "Medikament", "Impfung", "Kind", "Oma", "Opa",
        "Nachbar", "Brief", "Paket", "abgeholt", "Werkstatt", "Reifen", "gewechselt", "Öl",
        "nachgefüllt", "Fenster", "Tür", "gestrichen", "Maler", "Elektriker", "Leitung",
        "verlegt", "Lampe", "Batterie", "leer", "geladen", "Rechner", "Drucker", "Netzwerk",
        "eingerichtet", "Kennwort", "geändert", "Sicherung", "Datei", "gelöscht", "Projekt",
        "Besprechung", "verschoben", "Bericht", "geschrieben", "Frist", "Angebot", "Kunde",
        "Lieferung", "verspätet", "Rabatt", "Konto", "Überweisung", "Bank", "Kredit", "Zins",
        "Miete", "Wohnung", "besichtigt", "Umzug", "Möbel", "aufgebaut", "Schrank", "Regal",
        "Holz", "gesägt", "Schraube", "Bohrer", "Werkzeug", "ausgeliehen", "Verein", "Training",
        "Lauf", "Kilometer", "geschafft", "Wetter", "Regen", "Sonne", "Frost", "Ernte",
        "Tomaten", "gepflanzt", "Apfel", "Baum", "geschnitten", "Rasen", "gemäht", "Katze",
        "Hund", "Tierarzt", "Futter", "Feier", "Geburtstag", "Geschenk", "Kuchen", "gebacken",
        "Essen", "gekocht", "Salz", "Brot", "Kaffee", "Restaurant", "reserviert", "Konzert",
        "Karten", "Buch", "gelesen", "Film", "Musik", "Klavier", "geübt", "Prüfung",
        "bestanden", "Note", "Antrag", "Amt", "Ausweis", "verlängert", "Gebühr", "Quittung",
        "abgelegt", "Ordner", "beschriftet", "Notiz", "wichtig", "günstig", "teuer", "kaputt",
        "alt", "klein", "groß", "schnell", "langsam", "warm", "kalt", "leise", "laut", "sauber",
        "schmutzig", "offen", "geschlossen", "links", "rechts", "oben", "unten", "zweimal",
        "wöchentlich", "jährlich", "Euro", "Prozent", "Stunde", "Minute", "Woche", "Monat",
        "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
        "Januar", "Februar", "April", "August", "Oktober", "Dezember",
    ],
    nouns: &[
        "Wärme", "Pumpen", "Wasser", "Dach", "Garten", "Keller", "Fenster", "Tür", "Strom",
        "Zähler", "Steuer", "Reise", "Schul", "Kinder", "Auto", "Reifen", "Winter", "Sommer",
        "Holz", "Metall", "Küchen", "Schrank", "Regal", "Werkzeug", "Motor", "Filter", "Luft",
        "Boden", "Wand", "Decken", "Lampen", "Licht", "Kabel", "Netz", "Daten", "Brief",
        "Paket", "Bank", "Miet", "Vertrags", "Haus", "Tier", "Hunde", "Obst", "Apfel", "Brot",
        "Kaffee", "Musik", "Buch", "Zeitungs", "Sport", "Lauf", "Rad", "Bahn", "Flug", "Hotel",
        "Arzt", "Zahn", "Kranken", "Alters", "Lebens", "Arbeits", "Büro", "Kunden", "Liefer",
        "Rechnungs", "Projekt", "Plan", "Bau", "Stein", "Glas", "Farb", "Papier", "Karten",
        "Schlüssel", "Notfall", "Sicherheits", "Brand", "Rauch", "Gas", "Öl", "Solar", "Wind",
        "Batterie", "Lade", "Mess", "Prüf", "Regel", "Ventil", "Rohr",
    ],
    names: &[
        "Anna", "Bjarne", "Clara", "Dieter", "Elif", "Fritz", "Greta", "Hannes", "Ida", "Jonas",
        "Käthe", "Lars", "Mechthild", "Nils", "Olga", "Paul", "Ruth", "Sven", "Tilda", "Yusuf",
    ],
    endings: &[
        "mann", "bauer", "müller", "berger", "hofer", "stein",
    ],
    headings: &[
        "Notizen", "Haus und Garten", "Arbeit", "Familie", "Einkauf", "Erledigt", "Offen",
        "Gesundheit", "Geld", "Unterwegs", "Technik", "Ideen",
    ],
    questions: &[
        "Wann", "Wo", "Wer", "Was", "Wie", "Welche", "Warum", "Wieviel",
    ],
    join: |first, second| format!("{first}{}", second.to_lowercase()),
};

/// English.
#[rustfmt::skip]
pub(crate) static ENGLISH: Lexicon = Lexicon {
    grammar: &[
        "the", "to", "and", "a", "of", "in", "I", "it", "is", "for", "that", "on", "was",
        "with", "we", "at", "be", "not", "this", "have", "but", "they", "you", "are", "from",
        "or", "by", "as", "will", "an", "so", "if", "about", "had", "there", "out", "up", "no",
        "he", "she", "what", "when", "which", "then", "more", "can", "just", "after", "before",
        "again", "been", "over",
    ],
    content: &[
        "today", "yesterday", "meeting", "called", "invoice", "paid", "garden", "house",
        "boiler", "filter", "repaired", "bought", "car", "bicycle", "school", "teacher",
        "phone", "tax", "insurance", "contract", "cancelled", "heating", "power", "water",
        "meter", "reading", "roof", "cellar", "kitchen", "keys", "found", "lost", "train",
        "trip", "booked", "holiday", "hotel", "doctor", "dentist", "prescription", "vaccine",
        "child", "grandma", "grandpa", "neighbour", "letter", "parcel", "collected", "workshop",
        "tyres", "changed", "oil", "topped", "window", "door", "painted", "painter",
        "electrician", "cable", "laid", "lamp", "battery", "empty", "charged", "laptop",
        "printer", "network", "configured", "password", "rotated", "backup", "file", "deleted",
        "project", "review", "moved", "report", "written", "deadline", "offer", "customer",
        "delivery", "late", "discount", "account", "transfer", "bank", "loan", "interest",
        "rent", "flat", "viewed", "move", "furniture", "assembled", "cupboard", "shelf", "wood",
        "sawn", "screw", "drill", "tool", "borrowed", "club", "training", "run", "miles",
        "finished", "weather", "rain", "sun", "frost", "harvest", "tomatoes", "planted",
        "apple", "tree", "pruned", "lawn", "mowed", "cat", "dog", "vet", "food", "party",
        "birthday", "present", "cake", "baked", "dinner", "cooked", "salt", "bread", "coffee",
        "restaurant", "reserved", "concert", "tickets", "book", "read", "film", "music",
        "piano", "practised", "exam", "passed", "grade", "application", "office", "passport",
        "renewed", "fee", "receipt", "filed", "folder", "labelled", "note", "important",
        "cheap", "expensive", "broken", "old", "small", "large", "fast", "slow", "warm", "cold",
        "quiet", "loud", "clean", "dirty", "open", "closed", "left", "right", "upstairs",
        "downstairs", "twice", "weekly", "yearly", "pounds", "percent", "hour", "minute",
        "week", "month", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
        "Sunday", "January", "February", "April", "August", "October", "December", "kiln",
        "glaze", "recipe", "firing", "studio", "server", "release", "deploy", "bug", "fixed",
        "test", "failing", "branch", "merged", "design", "draft", "budget", "plan", "agreed",
        "idea", "question", "answer", "risk", "owner",
    ],
    nouns: &[
        "heat", "pump", "water", "roof", "garden", "cellar", "window", "door", "power", "meter",
        "tax", "travel", "school", "tyre", "winter", "summer", "wood", "metal", "kitchen",
        "shelf", "tool", "motor", "filter", "air", "floor", "wall", "ceiling", "lamp", "light",
        "cable", "network", "data", "letter", "parcel", "bank", "rent", "contract", "house",
        "animal", "fruit", "apple", "bread", "coffee", "music", "book", "news", "sport",
        "train", "flight", "hotel", "doctor", "dental", "health", "work", "office", "customer",
        "delivery", "invoice", "project", "plan", "building", "stone", "glass", "paint",
        "paper", "card", "key", "safety", "fire", "smoke", "gas", "oil", "solar", "wind",
        "battery", "charger", "sensor", "control", "valve", "pipe", "river", "hill", "mill",
        "ford",
    ],
    names: &[
        "Alice", "Ben", "Chloe", "Daniel", "Emma", "Frank", "Grace", "Henry", "Isla", "Jack",
        "Kate", "Liam", "Mia", "Noah", "Olive", "Peter", "Rose", "Sam", "Tom", "Una",
    ],
    endings: &[
        "son", "ton", "field", "man", "wood", "worth",
    ],
    headings: &[
        "Notes", "House", "Work", "Family", "Shopping", "Done", "Open", "Health", "Money",
        "On the road", "Tech", "Ideas",
    ],
    questions: &[
        "When", "Where", "Who", "What", "How", "Which", "Why",
    ],
    join: |first, second| format!("{first}-{second}"),
};

//! Stories for the measurement: put together from sentences of ours, or those of a file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use wiredesk_model::{Headers, Outgoing, Topic};

/// Sources that the stories are spread over.
const SOURCES: u64 = 40;
/// Days that they are spread over.
const DAYS: u64 = 365;
const SECONDS_OF_A_DAY: u64 = 86_400;
/// Midnight of 1 January 2025, in seconds since 1970.
const FIRST_DAY: u64 = 1_735_689_600;

pub const PLACES: [&str; 10] = [
    "Port Alder",
    "Ellmstad",
    "Norrby",
    "Kesselbrück",
    "Vallonne",
    "Saint-Orme",
    "Marisca",
    "Torreluna",
    "Grauhafen",
    "Westmark",
];
pub const NAMES: [&str; 10] = [
    "Ida Marlow",
    "Jonas Feld",
    "Claire Aubry",
    "Tomás Vidal",
    "Mira Stone",
    "Paul Reber",
    "Lucie Hamel",
    "Elena Prado",
    "Owen Carr",
    "Greta Lind",
];

/// A language: its code, a headline, and sentences. `{p}` is a place, `{n}` a name, `{#}` a number.
struct Tongue(&'static str, &'static str, [&'static str; 12]);

const TONGUES: [Tongue; 4] = [
    Tongue(
        "en",
        "{p} puts {#} million into its sea wall",
        [
            "The council of {p} decided on Monday to spend {#} million on the harbour.",
            "{n}, who leads the port authority, said that work would begin within {#} weeks.",
            "The ferry to {p} carried {#} passengers last year, more than ever before.",
            "Engineers found cracks along {#} metres of the old sea wall after the storm.",
            "A report of {#} pages names the pumps near {p} as the weakest part.",
            "{n} called the decision late and far too small for what the coast needs.",
            "Fishermen asked for {#} new berths, which the plan does not mention.",
            "The budget has a gap of {#} million that nobody in {p} wants to close with taxes.",
            "Schools in {p} stayed shut for {#} days while the roads were under water.",
            "Insurers counted {#} claims, most of them from houses behind the dyke.",
            "According to {n}, the tender drew offers from {#} companies.",
            "The vote was {#} to seven, with the mayor of {p} abstaining.",
        ],
    ),
    Tongue(
        "de",
        "{p} gibt {#} Millionen für den Deich aus",
        [
            "Der Stadtrat von {p} beschloss am Montag, {#} Millionen in den Hafen zu stecken.",
            "{n} von der Hafenbehörde sagte, die Arbeiten könnten in {#} Wochen beginnen.",
            "Die Fähre nach {p} beförderte im vergangenen Jahr {#} Fahrgäste.",
            "Fachleute fanden nach dem Sturm Risse auf {#} Metern der alten Mauer.",
            "Ein Gutachten von {#} Seiten hält die Pumpen bei {p} für das größte Problem.",
            "{n} nannte die Entscheidung verspätet und viel zu zaghaft.",
            "Die Fischer verlangen {#} neue Liegeplätze, von denen im Plan nichts steht.",
            "Im Haushalt fehlen {#} Millionen, die in {p} niemand über Steuern holen will.",
            "Die Schulen in {p} blieben {#} Tage geschlossen, weil die Straßen überflutet waren.",
            "Die Versicherer zählten {#} Schäden, die meisten davon hinter dem Deich.",
            "Nach Angaben von {n} bewarben sich {#} Unternehmen um den Auftrag.",
            "Die Abstimmung endete mit {#} zu sieben Stimmen.",
        ],
    ),
    Tongue(
        "fr",
        "{p} consacre {#} millions à sa digue",
        [
            "Le conseil de {p} a décidé lundi de dépenser {#} millions pour le port.",
            "{n}, qui dirige l'autorité portuaire, promet un début des travaux dans {#} semaines.",
            "Le bac vers {p} a transporté {#} passagers l'an dernier, un record.",
            "Des ingénieurs ont trouvé des fissures sur {#} mètres de l'ancienne digue.",
            "Un rapport de {#} pages désigne les pompes près de {p} comme le point faible.",
            "{n} juge la décision tardive et très insuffisante pour la côte.",
            "Les pêcheurs demandent {#} places de plus, que le projet ne prévoit pas.",
            "Il manque {#} millions au budget, et personne à {p} ne veut d'un nouvel impôt.",
            "Les écoles de {p} sont restées fermées {#} jours à cause des routes inondées.",
            "Les assureurs ont compté {#} sinistres, surtout derrière la digue.",
            "Selon {n}, {#} entreprises ont répondu à l'appel d'offres.",
            "Le vote s'est terminé par {#} voix contre sept.",
        ],
    ),
    Tongue(
        "es",
        "{p} destina {#} millones a su dique",
        [
            "El concejo de {p} decidió el lunes gastar {#} millones en el puerto.",
            "{n}, que dirige la autoridad portuaria, dijo que las obras empezarán en {#} semanas.",
            "El transbordador a {p} llevó a {#} pasajeros el año pasado, más que nunca.",
            "Los ingenieros hallaron grietas en {#} metros del viejo dique tras la tormenta.",
            "Un informe de {#} páginas señala las bombas cerca de {p} como el punto débil.",
            "{n} calificó la decisión de tardía y muy escasa para la costa.",
            "Los pescadores piden {#} amarres nuevos, que el plan no menciona.",
            "Faltan {#} millones en el presupuesto que nadie en {p} quiere cubrir con impuestos.",
            "Las escuelas de {p} cerraron {#} días porque las carreteras estaban inundadas.",
            "Las aseguradoras contaron {#} daños, la mayoría detrás del dique.",
            "Según {n}, {#} empresas se presentaron al concurso.",
            "La votación terminó con {#} votos contra siete.",
        ],
    ),
];

/// Where the texts of stories come from.
pub enum Texts {
    /// Sentences of ours.
    Ours,
    /// Those of a file.
    Lines(Lines),
}

/// Titles and paragraphs of a file, those of one language together.
pub struct Lines {
    titles: Vec<(String, String)>,
    paragraphs: BTreeMap<String, Vec<String>>,
}

/// Paragraphs of a story that is put together.
const PARAGRAPHS: usize = 5;

impl Lines {
    /// Reads JSON lines with `text`, and `title` and `language` where they have one.
    fn read(lines: &str) -> Self {
        let mut read = Self {
            titles: Vec::new(),
            paragraphs: BTreeMap::new(),
        };
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            let (language, title, body) = (text("language"), text("title"), text("text"));
            let told = body
                .lines()
                .filter(|line| line.split_whitespace().count() >= 8);
            let told: Vec<String> = told.map(|line| line.trim().to_owned()).collect();
            if !told.is_empty() {
                read.titles.push((language.clone(), title));
                read.paragraphs.entry(language).or_default().extend(told);
            }
        }
        read
    }

    /// A story: the title of one text, and paragraphs of any in its language.
    fn story(&self, chance: &mut fastrand::Rng) -> (Option<&str>, String, String) {
        let (language, title) = &self.titles[chance.usize(..self.titles.len())];
        let all = &self.paragraphs[language];
        let told = (0..PARAGRAPHS).map(|_| all[chance.usize(..all.len())].as_str());
        let content = paragraphs(told);
        let language = Some(language.as_str()).filter(|language| !language.is_empty());
        (language, title.clone(), content)
    }

    /// The first words of some paragraph, letters and digits alone.
    pub fn words(&self, time: usize) -> Vec<String> {
        let all: Vec<&String> = self.paragraphs.values().flatten().collect();
        let text = all[time * 37 % all.len()];
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty()).take(12);
        words.map(str::to_owned).collect()
    }
}

impl Texts {
    /// Those of a file of JSON lines.
    pub fn of_file(path: &Path) -> Self {
        let lines = std::fs::read_to_string(path).expect("the texts can be read");
        let read = Lines::read(&lines);
        assert!(
            !read.titles.is_empty(),
            "no line of {} has a text",
            path.display()
        );
        Self::Lines(read)
    }

    /// The story of this number of so many, as an item that came in: the first on the first day.
    pub fn raw_item(&self, number: u64, of: u64) -> Outgoing {
        let mut chance = fastrand::Rng::with_seed(number);
        let story = format!("tag:wire.example,2025:{number:07}");
        let source = format!("source-{}", chance.u64(..SOURCES));
        let (language, title, content) = match self {
            Self::Ours => ours(&mut chance),
            Self::Lines(lines) => lines.story(&mut chance),
        };
        let second = FIRST_DAY + number * DAYS * SECONDS_OF_A_DAY / of.max(1);
        let fetched = wiredesk_model::Timestamp::from_second(second as i64).expect("a date");
        let value = json!({
            "story": story, "version": 1, "identity": "guid", "source": source,
            "feed": format!("{source}/main"), "run": "live", "fetched_at": fetched,
            "payload": {"media_type": "application/rss+xml", "bytes": ""},
            "hash": format!("{number:x}"),
            "item": {"title": title, "content": content, "language": language,
                     "published": fetched, "id": story},
        });
        Outgoing {
            topic: Topic::Raw,
            key: story,
            value: Some(value.to_string().into_bytes()),
            headers: Headers::new(),
        }
    }
}

fn ours(chance: &mut fastrand::Rng) -> (Option<&'static str>, String, String) {
    let Tongue(code, title, sentences) = &TONGUES[chance.usize(..TONGUES.len())];
    let mut sentences = *sentences;
    chance.shuffle(&mut sentences);
    let title = filled(title, chance);
    let told: Vec<String> = sentences[..8]
        .chunks(2)
        .map(|pair| filled(&pair.join(" "), chance))
        .collect();
    (
        Some(code),
        title,
        paragraphs(told.iter().map(String::as_str)),
    )
}

fn paragraphs<'t>(lines: impl Iterator<Item = &'t str>) -> String {
    lines.map(|line| format!("<p>{line}</p>")).collect()
}

fn filled(text: &str, chance: &mut fastrand::Rng) -> String {
    let mut filled = text.to_owned();
    while let Some(at) = filled.find('{') {
        let slot = match &filled[at..at + 3] {
            "{p}" => PLACES[chance.usize(..PLACES.len())].to_owned(),
            "{n}" => NAMES[chance.usize(..NAMES.len())].to_owned(),
            _ => chance.u32(11..9_999).to_string(),
        };
        filled.replace_range(at..at + 3, &slot);
    }
    filled
}

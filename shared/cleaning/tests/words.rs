//! Words that boilerplate is made of, alone on their line in the middle of a story: a heading, an
//! answer or a name. They stay, and go where something of a box stands beside them.

use wiredesk_cleaning::{Hints, clean_html, clean_text};

const BEFORE: &str = "The council of Port Elsin met on Monday and put off its vote on the harbour wall until the end of the month.";
const BEHIND: &str = "Members said they wanted to see the new figures first, and asked the surveyor to report within two weeks.";

/// Each could be a line of the story.
const WORDS: [&str; 36] = [
    "Hintergrund",
    "„Vielen Dank.“",
    "Vielen Dank!",
    "Empfehlung",
    "Links",
    "Weitere Informationen",
    "Ilan",
    "Recommended",
    "\"Keep reading.\"",
    "\"No, thanks.\"",
    "Best of",
    "Further reading",
    "\"Don’t miss.\"",
    "Learn more!",
    "“Continua!”",
    "Además",
    "—Sigue leyendo.",
    "Et aussi",
    "Une erreur.",
    "« Une erreur ! »",
    "Confira",
    "– Zobacz!",
    "Подробнее",
    "Главное",
    "Terms and conditions",
    "Privacy policy",
    "Contact us",
    "Your privacy",
    "Remaining time",
    "Photo: a harbour at dawn, drawn by children",
    "Watch: how the tide turns",
    "Read: the verdict in full",
    "Members only",
    "Exclusive content",
    "Quelle: Statistisches Amt",
    "Bild: ein Hafen im Morgengrauen",
];

#[test]
fn a_word_between_two_paragraphs_stays() {
    let mut gone = Vec::new();
    for word in WORDS {
        let text = format!("{BEFORE}\n\n{word}\n\n{BEHIND}");
        let plain = clean_text(&text, &Hints::default()).expect("within limits");
        let mut ways = vec![("text", plain)];
        for tag in ["p", "h2"] {
            let html = format!("<p>{BEFORE}</p><{tag}>{word}</{tag}><p>{BEHIND}</p>");
            ways.push((
                tag,
                clean_html(&html, &Hints::default()).expect("within limits"),
            ));
        }
        let lost = ways.iter().filter(|(_, cleaned)| cleaned.text != text);
        gone.extend(lost.map(|(way, cleaned)| format!("{word} ({way}): {:?}", cleaned.removed)));
    }
    assert!(
        gone.is_empty(),
        "{} are gone:\n{}",
        gone.len(),
        gone.join("\n")
    );
}

/// The same words, where what stands beside them says that they are none of the story.
#[test]
fn a_word_beside_a_box_goes() {
    let both = format!("{BEFORE}\n\n{BEHIND}");
    let link = "<p><a href='/a'>Why the eels are late this year</a></p>";
    for word in [
        "Hintergrund",
        "Recommended",
        "Et aussi",
        "Confira",
        "Подробнее",
        "Further reading",
    ] {
        let html = format!("<p>{BEFORE}</p><p>{word}</p>{link}<p>{BEHIND}</p>");
        let cleaned = clean_html(&html, &Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, both, "{word}");
        let ranked =
            format!("{BEFORE}\n\n{word}\n\n1. Why the eels are late this year\n\n{BEHIND}");
        let cleaned = clean_text(&ranked, &Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, both, "{word}");
        let tail = format!("{BEFORE}\n\n{BEHIND}\n\n{word}");
        let cleaned = clean_text(&tail, &Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, both, "{word}");
    }
    for word in ["Privacy policy", "No thanks"] {
        let boxed = format!("{BEFORE}\n\nSign up for our daily newsletter.\n\n{word}\n\n{BEHIND}");
        let cleaned = clean_text(&boxed, &Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, both, "{word}");
    }
    for sure in [
        "Advertisement",
        "Lesen Sie auch",
        "Story continues below",
        "Already a subscriber?",
    ] {
        let text = format!("{BEFORE}\n\n{sure}\n\n{BEHIND}");
        let cleaned = clean_text(&text, &Hints::default()).expect("within limits");
        assert_eq!(cleaned.text, both, "{sure}");
    }
}

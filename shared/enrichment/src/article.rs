//! The mapping to IPTC ninjs 3.1.

use wiredesk_model::{
    AltId, Article, ArticleBody, CleanStory, Description, Headline, InfoSource, Language,
    NamedConcept, PubStatus, Rendition, RepresentationType, RightsInfo, Standard, Subject,
};

use crate::byline::Byline;
use crate::dates::StoryDates;
use crate::language::best_language;
use crate::publication::pub_status;
use crate::record::Body;
use crate::uri::{story_uri, web_address};
use crate::wire_article::add_wire_facts;
use crate::words::count_characters;
use crate::xhtml::to_xhtml;

/// What the enrichers found, as far as ninjs has a place for it.
pub(crate) struct Findings<'a> {
    pub(crate) body: &'a Body,
    pub(crate) byline: Byline,
    pub(crate) place: Option<&'a str>,
    pub(crate) agency: Option<&'static str>,
    pub(crate) language: &'a Language,
    pub(crate) dates: &'a StoryDates,
    pub(crate) words: u64,
    pub(crate) is_teaser: bool,
}

/// Writes the story as ninjs; of a story that was withdrawn only what says so.
pub(crate) fn article(story: &CleanStory, findings: &Findings<'_>) -> Article {
    let status = pub_status(story);
    if status == PubStatus::Usable {
        full_article(story, findings)
    } else {
        Article {
            uri: story_uri(&story.story),
            item_type: "text".to_owned(),
            version: story.version.to_string(),
            pub_status: status,
            first_created: Some(findings.dates.published.value.clone()),
            version_created: Some(findings.dates.updated.value.clone()),
            standard: Some(Standard::ninjs()),
            ..Article::default()
        }
    }
}

fn full_article(story: &CleanStory, findings: &Findings<'_>) -> Article {
    let rights = story.item.rights.as_deref().and_then(plain);
    let mut article = Article {
        uri: story_uri(&story.story),
        item_type: "text".to_owned(),
        representation_type: Some(if findings.is_teaser {
            RepresentationType::Partial
        } else {
            RepresentationType::Full
        }),
        version: story.version.to_string(),
        pub_status: PubStatus::Usable,
        language: best_language(findings.language),
        first_created: Some(findings.dates.published.value.clone()),
        version_created: Some(findings.dates.updated.value.clone()),
        headlines: plain(&story.title).into_iter().map(main_headline).collect(),
        by: findings.byline.text.clone(),
        located: findings.place.map(str::to_owned),
        descriptions: descriptions(story),
        bodies: bodies(story, findings),
        people: authors(&findings.byline),
        subjects: subjects(story),
        info_sources: info_sources(story, findings.agency),
        rights_info: rights.as_deref().and_then(rights_info),
        copyright_notice: rights,
        renditions: renditions(story),
        alt_ids: alt_ids(story),
        standard: Some(Standard::ninjs()),
        ..Article::default()
    };
    if let Some(facts) = story.item.wire.as_deref() {
        add_wire_facts(&mut article, facts);
    }
    article
}

/// The text without white space around it; nothing where nothing is left.
pub(crate) fn plain(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn main_headline(value: String) -> Headline {
    Headline {
        role: "main".to_owned(),
        content_type: "text/plain".to_owned(),
        value,
    }
}

fn descriptions(story: &CleanStory) -> Vec<Description> {
    let summary = story.summary.as_deref().and_then(plain);
    summary
        .into_iter()
        .map(|value| Description {
            role: "summary".to_owned(),
            content_type: "text/plain".to_owned(),
            value,
        })
        .collect()
}

fn bodies(story: &CleanStory, findings: &Findings<'_>) -> Vec<ArticleBody> {
    if findings.body.text.trim().is_empty() {
        return Vec::new();
    }
    let char_count = count_characters(&findings.body.counted);
    let body = |content_type: &str, value: String| ArticleBody {
        role: "main".to_owned(),
        content_type: content_type.to_owned(),
        char_count,
        word_count: findings.words,
        value,
    };
    vec![
        body("text/plain", findings.body.text.clone()),
        body(
            "application/xhtml+xml",
            to_xhtml(&findings.body.blocks, &story.media),
        ),
    ]
}

fn authors(byline: &Byline) -> Vec<NamedConcept> {
    byline
        .people
        .iter()
        .map(|name| NamedConcept {
            uri: None,
            name: name.clone(),
            rel: Some("author".to_owned()),
        })
        .collect()
}

fn subjects(story: &CleanStory) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    for name in story.item.categories.iter().filter_map(|name| plain(name)) {
        if subjects.iter().any(|subject| subject.name == name) {
            continue;
        }
        subjects.push(Subject {
            uri: web_address(&name),
            name,
            ..Subject::default()
        });
    }
    subjects
}

fn info_sources(story: &CleanStory, agency: Option<&str>) -> Vec<InfoSource> {
    let provider = story
        .feed_title
        .as_deref()
        .and_then(plain)
        .unwrap_or_else(|| story.source.to_string());
    let mut sources = vec![InfoSource {
        name: provider,
        role: "provider".to_owned(),
    }];
    sources.extend(agency.map(|name| InfoSource {
        name: name.to_owned(),
        role: "contentSource".to_owned(),
    }));
    sources
}

/// A licence is linked; a sentence about the rights is a copyright notice and no more.
fn rights_info(rights: &str) -> Option<RightsInfo> {
    let linked = rights
        .split(|letter: char| {
            letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '(' | ')')
        })
        .map(|word| word.trim_end_matches(['.', ',', ';']))
        .find_map(web_address)?;
    Some(RightsInfo {
        linked_rights: Some(linked),
        ..RightsInfo::default()
    })
}

fn renditions(story: &CleanStory) -> Vec<Rendition> {
    story
        .item
        .enclosures
        .iter()
        .filter_map(|enclosure| Some((web_address(&enclosure.url)?, enclosure)))
        .enumerate()
        .map(|(place, (href, enclosure))| Rendition {
            name: format!("enclosure-{}", place + 1),
            href: Some(href),
            content_type: enclosure.media_type.as_deref().and_then(plain),
            size_in_bytes: enclosure
                .length
                .as_deref()
                .and_then(|length| length.trim().parse().ok())
                .filter(|bytes| *bytes > 0),
            ..Rendition::default()
        })
        .collect()
}

fn alt_ids(story: &CleanStory) -> Vec<AltId> {
    let guid = story.item.id.as_deref().and_then(plain);
    let link = story.item.link.as_deref().and_then(web_address);
    [("guid", guid), ("link", link)]
        .into_iter()
        .filter_map(|(role, value)| Some((role, value?)))
        .filter(|(_, value)| value != story.story.as_str())
        .map(|(role, value)| AltId {
            role: role.to_owned(),
            value,
        })
        .collect()
}

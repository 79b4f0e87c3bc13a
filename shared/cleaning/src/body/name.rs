//! Why a line within the body is none of it, where no in-text rule says so.

use super::scene::Scene;
use crate::html::hint_names;

/// Rule ids and reasons by hint, the most telling first.
const NAMES: [(&str, &str, &str); 12] = [
    ("<figcaption>", "caption", "caption or credit of a picture"),
    ("caption", "caption", "caption or credit of a picture"),
    ("ad", "advert-box", "stands in an advertisement box"),
    ("newsletter", "newsletter-box", "stands in a newsletter box"),
    (
        "related",
        "related-box",
        "stands in a box of related stories",
    ),
    (
        "popular",
        "related-box",
        "stands in a list of other stories",
    ),
    ("share", "share-bar", "stands in a bar of buttons"),
    ("comment", "comment-box", "stands among comments"),
    ("embed", "embed", "belongs to an embedded post"),
    ("author", "byline", "names or describes the author"),
    ("<figure>", "caption", "caption or credit of a picture"),
    ("image", "caption", "caption or credit of a picture"),
];

/// Only what stands this near says something of the line.
const NEAR_STEPS: u8 = 3;

/// Rule id and reason for a line that the model left out.
pub(crate) fn name_of(scene: &Scene<'_>, at: usize) -> (&'static str, &'static str) {
    let line = &scene.page.lines[at];
    let near = scene.page.node_of(line).near;
    for (hint, rule, reason) in NAMES {
        let place = hint_names().position(|name| name == hint);
        if place.is_some_and(|place| near[place] <= NEAR_STEPS || line.wrap & 1 << place != 0) {
            return (rule, reason);
        }
    }
    if scene.shapes[at].link_share > 0.8 {
        return ("link-line", "a line of links, no part of the story");
    }
    ("off-body", "no part of the story by its place and shape")
}

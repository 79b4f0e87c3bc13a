//! What is set beside a story: the comments below it, a side bar, a form, other stories. The model
//! judges line by line, and long comments below a short story tell like one. Where the page has a
//! story outside of such an element, what stands inside is none of it.

use super::landmark::holds_headline;
use super::scene::Scene;
use crate::html::hint_names;

/// An element that is set beside a story.
struct Annex {
    hint: &'static str,
    /// Lines at most so many steps below it stand inside.
    steps: u8,
    place: Place,
}

/// Where an annex stands to the story.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Anywhere.
    Anywhere,
    /// Behind or before it: amid a story such an element may be part of it.
    Edge,
    /// Anywhere, as long as the story outside is twice as long: the element may also span the page.
    Smaller,
}

const ANNEXES: [Annex; 10] = [
    annex("comment", 6, Place::Anywhere),
    annex("<footer>", 6, Place::Anywhere),
    annex("<figcaption>", 6, Place::Anywhere),
    annex("<figure>", 1, Place::Anywhere),
    annex("<form>", 7, Place::Smaller),
    annex("<nav>", 6, Place::Smaller),
    annex("caption", 2, Place::Smaller),
    annex("author", 2, Place::Smaller),
    annex("legal", 2, Place::Smaller),
    annex("<aside>", 6, Place::Edge),
];

const fn annex(hint: &'static str, steps: u8, place: Place) -> Annex {
    Annex { hint, steps, place }
}

/// So many words outside of an annex are a story.
const STORY_WORDS: u32 = 60;

/// So many words in the article that holds the headline are a story; another may be its teaser.
const ARTICLE_WORDS: u32 = 100;

/// Leaves out the chosen lines that stand in an annex of the story.
pub(super) fn leave_out(scene: &Scene<'_>, chosen: &mut [bool]) {
    let page = scene.page;
    for annex in &ANNEXES {
        let Some(hint) = hint_names().position(|name| name == annex.hint) else {
            continue;
        };
        let inside = |at: usize| page.node_of(&page.lines[at]).near[hint] <= annex.steps;
        leave(scene, chosen, inside, (annex.place, STORY_WORDS));
    }
    let Some(holds) = holds_headline(scene, "<article>") else {
        return;
    };
    const HOLDS: u8 = 2;
    let inside = |at: usize| holds[page.lines[at].node as usize] != HOLDS;
    leave(scene, chosen, inside, (Place::Edge, ARTICLE_WORDS));
}

/// Leaves out the chosen lines that are `inside`, where the others are a story.
fn leave(
    scene: &Scene<'_>,
    chosen: &mut [bool],
    inside: impl Fn(usize) -> bool,
    (place, story_words): (Place, u32),
) {
    let lines: Vec<usize> = (0..chosen.len()).filter(|at| chosen[*at]).collect();
    let (within, outside): (Vec<usize>, Vec<usize>) = lines.into_iter().partition(|at| inside(*at));
    let words = |lines: &[usize]| lines.iter().map(|at| scene.shapes[*at].words).sum::<u32>();
    let (Some(first), Some(last)) = (outside.first(), outside.last()) else {
        return;
    };
    let outside_words = words(&outside);
    let is_smaller = || place != Place::Smaller || words(&within) * 2 <= outside_words;
    if within.is_empty() || outside_words < story_words || !is_smaller() {
        return;
    }
    for at in within {
        if place != Place::Edge || at < *first || at > *last {
            chosen[at] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::read_page;

    /// What is left of a page whose every line was chosen.
    fn left(html: &str) -> Vec<String> {
        let page = read_page(html);
        let scene = Scene::new(&page, None);
        let mut chosen = vec![true; page.lines.len()];
        leave_out(&scene, &mut chosen);
        let lines = page.lines.iter().zip(chosen);
        lines
            .filter(|(_, is_chosen)| *is_chosen)
            .map(|(line, _)| page.text_of(line).to_owned())
            .collect()
    }

    fn story(times: usize) -> String {
        "<p>The tide turned at noon and the old wall held.</p>".repeat(times)
    }

    #[test]
    fn what_is_set_beside_a_story_is_left_out() {
        let text = story(12);
        for beside in [
            "<div class='comment'><p>I saw it.</p></div>",
            "<footer><p>I saw it.</p></footer>",
            "<form><p>I saw it.</p></form>",
            "<aside><p>I saw it.</p></aside>",
            "<article><p>I saw it.</p></article>",
            "<figure><figcaption>I saw it.</figcaption></figure>",
        ] {
            let html = format!("<article><h1>Wall holds</h1>{text}</article>{beside}");
            let found = left(&html);
            assert_eq!(found.len(), 13, "{beside}: {found:?}");
        }
    }

    #[test]
    fn what_is_the_story_itself_stays() {
        let text = story(12);
        for (html, lines) in [
            // A page of nothing but comments, and one that is a form from head to foot.
            (
                format!("<h1>Wall holds</h1><div class='comment'>{text}</div>"),
                13,
            ),
            (format!("<form><h1>Wall holds</h1>{text}</form>"), 13),
            // A box amid the story.
            (
                format!("<h1>Wall holds</h1>{text}<aside>I saw it.</aside>{text}"),
                26,
            ),
            // The headline stands in a teaser of its own.
            (
                format!("<article><h1>Wall holds</h1></article><article>{text}</article>"),
                13,
            ),
        ] {
            let found = left(&html);
            assert_eq!(found.len(), lines, "{html}");
        }
    }
}

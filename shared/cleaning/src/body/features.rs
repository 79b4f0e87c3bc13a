//! What the model sees of a line: one byte a feature, in columns.

use super::scene::{Scene, Sums, fold_into};
use super::shape::Shape;
use crate::html::{FAR, HINTS, Line, NONE, Tag, hint_names};
use crate::phrases::Cue;

/// About as many columns as there are.
const COLUMNS: usize = 260;

/// The features of every line, column by column.
pub(crate) struct Table {
    pub lines: usize,
    /// Names of the columns, where they were asked for.
    pub names: Vec<String>,
    wants_names: bool,
    /// `columns[feature * lines + line]`.
    pub cells: Vec<u8>,
}

impl Table {
    /// A table without columns.
    pub(crate) fn new(lines: usize) -> Self {
        Self {
            lines,
            names: Vec::new(),
            wants_names: false,
            cells: Vec::with_capacity(lines * COLUMNS),
        }
    }

    /// Adds a column.
    pub(crate) fn add(&mut self, name: impl FnOnce() -> String, cell: impl FnMut(usize) -> u8) {
        if self.wants_names {
            self.names.push(name());
        }
        self.cells.extend((0..self.lines).map(cell));
    }

    /// A column by its place.
    pub(crate) fn column(&self, feature: usize) -> &[u8] {
        &self.cells[feature * self.lines..(feature + 1) * self.lines]
    }
}

/// Sixteen steps for each doubling.
pub(crate) fn log(value: u32) -> u8 {
    let value = value.saturating_add(1);
    let whole = value.ilog2();
    let rest = ((value << (31 - whole) >> 27) & 0xf) as u8;
    (whole as u8).min(15) * 16 + rest
}

fn share(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 200.0) as u8
}

fn cap(value: u32) -> u8 {
    value.min(255) as u8
}

/// The features of all lines; with the names of the columns for those who look at them.
pub(crate) fn table_of(scene: &Scene<'_>, wants_names: bool) -> Table {
    let mut table = Table::new(scene.shapes.len());
    table.wants_names = wants_names;
    add_text(&mut table, scene);
    add_cues(&mut table, scene);
    add_place(&mut table, scene);
    add_near(&mut table, scene);
    add_sums(&mut table, scene);
    add_neighbours(&mut table, scene);
    add_order(&mut table, scene);
    add_page(&mut table, scene);
    table
}

fn add_text(table: &mut Table, scene: &Scene<'_>) {
    type Look = fn(&Shape) -> u8;
    let looks: [(&str, Look); 21] = [
        ("chars", |s| log(s.chars)),
        ("words", |s| log(s.words)),
        ("word length", |s| cap(s.chars * 10 / s.words.max(1))),
        ("link share", |s| share(s.link_share)),
        ("capitals", |s| {
            share(s.capitals as f32 / s.chars.max(1) as f32)
        }),
        ("digits", |s| share(s.digits as f32 / s.chars.max(1) as f32)),
        ("commas", |s| cap(s.commas)),
        ("stops", |s| cap(s.stops)),
        ("quotes", |s| cap(s.quotes)),
        ("title words", |s| {
            share(s.title_words as f32 / s.words.max(1) as f32)
        }),
        ("at", |s| u8::from(s.has_at)),
        ("bar", |s| u8::from(s.has_bar)),
        ("url", |s| u8::from(s.has_url)),
        ("clock", |s| u8::from(s.has_clock)),
        ("ends", |s| s.ends),
        ("starts", |s| s.starts),
        ("sentence", |s| u8::from(s.is_sentence)),
        ("story", |s| u8::from(s.is_story())),
        ("any digit", |s| cap(s.digits)),
        ("money", |s| u8::from(s.has_money)),
        ("story words", |s| cap(s.words / 4)),
    ];
    for (name, look) in looks {
        table.add(|| name.to_owned(), |at| look(&scene.shapes[at]));
    }
}

fn add_cues(table: &mut Table, scene: &Scene<'_>) {
    for (cue, name) in Cue::ALL {
        table.add(
            || format!("cue {name}"),
            |at| {
                let cues = scene.shapes[at].cues;
                let bit = 1 << *cue as u32;
                match () {
                    () if cues.whole & bit != 0 => 3,
                    () if cues.start & bit != 0 => 2,
                    () if cues.inside & bit != 0 => 1,
                    () => 0,
                }
            },
        );
    }
}

fn tag_code(tag: Tag) -> u8 {
    match tag {
        Tag::P => 0,
        Tag::Blockquote => 1,
        Tag::Pre => 2,
        Tag::Li => 3,
        Tag::Dd => 4,
        Tag::Dt => 5,
        Tag::H1 => 6,
        Tag::H2 => 7,
        Tag::H3 => 8,
        Tag::H4 => 9,
        Tag::H5 | Tag::H6 => 10,
        Tag::Td => 12,
        Tag::Th => 13,
        Tag::Article | Tag::Section | Tag::Main => 15,
        Tag::Body | Tag::Html => 16,
        Tag::Div => 17,
        Tag::Custom => 18,
        Tag::Header => 19,
        Tag::Aside => 20,
        Tag::Figure | Tag::Picture => 21,
        Tag::Figcaption | Tag::Caption => 22,
        Tag::Summary | Tag::Details => 23,
        Tag::Ul | Tag::Ol => 24,
        Tag::Form | Tag::Fieldset | Tag::Legend => 25,
        Tag::Button => 26,
        Tag::Footer | Tag::Nav => 27,
        _ => 28,
    }
}

fn add_place(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    type Look = fn(&Line, &Shape) -> u8;
    let looks: [(&str, Look); 6] = [
        ("links", |line, _| cap(u32::from(line.links))),
        ("bold share", |line, _| part(line, line.bold_bytes)),
        ("italic share", |line, _| part(line, line.italic_bytes)),
        ("after break", |line, _| u8::from(line.after_break)),
        ("after media", |line, _| u8::from(line.after_media)),
        ("wrapped", |line, _| u8::from(line.wrap != 0)),
    ];
    for (name, look) in looks {
        table.add(
            || name.to_owned(),
            |at| look(&page.lines[at], &scene.shapes[at]),
        );
    }
    table.add(
        || "tag".to_owned(),
        |at| tag_code(page.node_of(&page.lines[at]).tag),
    );
    table.add(
        || "depth".to_owned(),
        |at| cap(u32::from(page.node_of(&page.lines[at]).depth)),
    );
    table.add(
        || "hidden".to_owned(),
        |at| u8::from(page.node_of(&page.lines[at]).is_hidden),
    );
    table.add(
        || "parent tag".to_owned(),
        |at| above(scene, at, 1).map_or(99, |node| tag_code(page.nodes[node].tag)),
    );
}

fn part(line: &Line, bytes: u32) -> u8 {
    share(bytes as f32 / (line.end - line.start).max(1) as f32)
}

/// The element that many steps above the one that holds the line.
fn above(scene: &Scene<'_>, at: usize, steps: usize) -> Option<usize> {
    let mut node = scene.page.lines[at].node;
    for _ in 0..steps {
        node = scene.page.nodes[node as usize].parent;
        if node == NONE {
            return None;
        }
    }
    Some(node as usize)
}

fn add_near(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    let lines = table.lines;
    if table.wants_names {
        let names = hint_names().map(|name| format!("near {name}"));
        table.names.extend(names.take(HINTS));
    }
    let hints = hint_names().count().min(HINTS);
    let first = table.cells.len();
    table.cells.resize(first + hints * lines, 0);
    // An element holds its distances side by side, so this goes line by line.
    for (at, line) in page.lines.iter().enumerate() {
        let near = &page.node_of(line).near;
        for (hint, distance) in near.iter().enumerate().take(hints) {
            table.cells[first + hint * lines + at] = distance.min(&FAR) + 1;
        }
        let mut wrapped = line.wrap;
        while wrapped != 0 {
            table.cells[first + wrapped.trailing_zeros() as usize * lines + at] = 0;
            wrapped &= wrapped - 1;
        }
    }
}

fn add_sums(table: &mut Table, scene: &Scene<'_>) {
    let total_story = scene.total.story_chars.max(1) as f32;
    type Look = fn(&Sums, f32) -> u8;
    let looks: [(&str, Look); 6] = [
        ("lines", |s, _| log(s.lines)),
        ("chars", |s, _| log(s.chars)),
        ("link share", |s, _| share(s.link_share())),
        ("story share", |s, total| {
            share(s.story_chars as f32 / total)
        }),
        ("story lines", |s, _| log(s.story_lines)),
        ("line length", |s, _| log(s.chars / s.lines.max(1))),
    ];
    for steps in 0..5 {
        for (name, look) in looks {
            table.add(
                || format!("up {steps} {name}"),
                |at| {
                    above(scene, at, steps)
                        .map_or(255, |node| look(&scene.below[node], total_story))
                },
            );
        }
    }
    for (name, look) in looks {
        table.add(
            || format!("alike {name}"),
            |at| look(&scene.alike[scene.group[at] as usize], total_story),
        );
    }
    table.add(|| "above main".to_owned(), |at| steps_to_main(scene, at));
}

/// Steps from the line's element up to the main one; 255 outside of it.
fn steps_to_main(scene: &Scene<'_>, at: usize) -> u8 {
    let mut node = scene.page.lines[at].node;
    for steps in 0..60 {
        if node == scene.main {
            return steps;
        }
        let Some(found) = scene.page.nodes.get(node as usize) else {
            break;
        };
        node = found.parent;
    }
    255
}

fn add_neighbours(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    type Look = fn(&Scene<'_>, usize) -> u8;
    let looks: [(&str, Look); 6] = [
        ("chars", |scene, at| log(scene.shapes[at].chars)),
        ("link share", |scene, at| share(scene.shapes[at].link_share)),
        ("ends", |scene, at| scene.shapes[at].ends),
        ("tag", |scene, at| {
            tag_code(scene.page.node_of(&scene.page.lines[at]).tag)
        }),
        ("label", |scene, at| label_code(&scene.shapes[at])),
        ("title words", |scene, at| {
            let shape = &scene.shapes[at];
            share(shape.title_words as f32 / shape.words.max(1) as f32)
        }),
    ];
    for offset in [-3i64, -2, -1, 1, 2, 3] {
        for (name, look) in looks {
            table.add(
                || format!("at {offset} {name}"),
                |at| {
                    let other = at as i64 + offset;
                    if other < 0 || other as usize >= page.lines.len() {
                        return 254;
                    }
                    look(scene, other as usize)
                },
            );
        }
    }
    for offset in [-1i64, 1] {
        table.add(
            || format!("at {offset} same element"),
            |at| {
                let other = page.lines.get((at as i64 + offset) as usize);
                other.map_or(0, |other| kinship(scene, &page.lines[at], other))
            },
        );
    }
}

/// How near two lines stand in the tree: same element, same parent, same grandparent.
fn kinship(scene: &Scene<'_>, one: &Line, other: &Line) -> u8 {
    let nodes = &scene.page.nodes;
    if one.node == other.node {
        return 4;
    }
    let (one, other) = (&nodes[one.node as usize], &nodes[other.node as usize]);
    if one.parent == other.parent {
        return if one.signature == other.signature {
            3
        } else {
            2
        };
    }
    let parent = |at: u32| nodes.get(at as usize).map(|node| node.parent);
    u8::from(parent(one.parent) == parent(other.parent) || parent(one.parent) == Some(other.parent))
}

/// The strongest whole-line cue, by its place in the list.
fn label_code(shape: &Shape) -> u8 {
    let whole = shape.cues.whole;
    if whole == 0 {
        0
    } else {
        1 + whole.trailing_zeros() as u8
    }
}

fn add_order(table: &mut Table, scene: &Scene<'_>) {
    let lines = scene.shapes.len();
    let is_story: Vec<bool> = scene.shapes.iter().map(Shape::is_story).collect();
    let is_heading = |at: usize, level: u8| {
        let tag = scene.page.node_of(&scene.page.lines[at]).tag;
        tag.heading_level()
            .is_some_and(|found| level == 0 || found == level)
    };
    let since_story = distances(lines, |at| is_story[at]);
    let until_story = distances_back(lines, |at| is_story[at]);
    let since_title = distances(lines, |at| is_heading(at, 1));
    let since_heading = distances(lines, |at| is_heading(at, 0));
    let until_heading = distances_back(lines, |at| is_heading(at, 0));
    let since_label = distances(lines, |at| {
        let cues = scene.shapes[at].cues;
        cues.is(Cue::Related) || cues.is(Cue::Popular)
    });
    let columns = [
        ("since story", since_story),
        ("until story", until_story),
        ("since title", since_title),
        ("since heading", since_heading),
        ("until heading", until_heading),
        ("since label", since_label),
    ];
    for (name, column) in columns {
        table.add(|| name.to_owned(), |at| cap(column[at]));
    }
    let mut before = Vec::with_capacity(lines);
    let mut count = 0u32;
    for story in &is_story {
        before.push(count);
        count += u32::from(*story);
    }
    table.add(|| "stories before".to_owned(), |at| log(before[at]));
    table.add(
        || "stories after".to_owned(),
        |at| log(count - before[at] - u32::from(is_story[at])),
    );
    table.add(|| "place".to_owned(), |at| (at * 200 / lines.max(1)) as u8);
    for reach in [2usize, 5, 12] {
        add_window(table, scene, reach);
    }
    add_headings(table, scene);
    add_main_range(table, scene);
}

/// What the heading above a line is a label of, and how long the run of paragraphs is.
fn add_headings(table: &mut Table, scene: &Scene<'_>) {
    let mut label = 0u8;
    let mut level = 0u8;
    let found: Vec<(u8, u8)> = (0..scene.shapes.len())
        .map(|at| {
            let before = (label, level);
            let tag = scene.page.node_of(&scene.page.lines[at]).tag;
            if let Some(found) = tag.heading_level() {
                label = any_label(&scene.shapes[at]);
                level = found;
            }
            before
        })
        .collect();
    table.add(|| "heading label".to_owned(), |at| found[at].0);
    table.add(|| "heading level".to_owned(), |at| found[at].1);
    let since_box = distances(scene.shapes.len(), |at| any_label(&scene.shapes[at]) > 0);
    table.add(|| "since box label".to_owned(), |at| cap(since_box[at]));
}

/// The strongest cue of a line that is or begins with a phrase, by its place in the list.
fn any_label(shape: &Shape) -> u8 {
    let cues = shape.cues.whole
        | if shape.words <= 6 {
            shape.cues.start
        } else {
            0
        };
    if cues == 0 {
        0
    } else {
        1 + cues.trailing_zeros() as u8
    }
}

/// Where the main element begins and ends, in lines from here.
fn add_main_range(table: &mut Table, scene: &Scene<'_>) {
    let inside: Vec<bool> = (0..scene.shapes.len())
        .map(|at| steps_to_main(scene, at) != 255)
        .collect();
    let first = inside.iter().position(|inside| *inside).unwrap_or(0);
    let last = inside.iter().rposition(|inside| *inside).unwrap_or(0);
    // 128 is the edge itself.
    let from = |edge: usize, at: usize| (128 + at as i64 - edge as i64).clamp(0, 255) as u8;
    table.add(|| "from main start".to_owned(), |at| from(first, at));
    table.add(|| "from main end".to_owned(), |at| from(last, at));
}

/// Text and links within `reach` lines on both sides.
fn add_window(table: &mut Table, scene: &Scene<'_>, reach: usize) {
    let mut chars = vec![0u32];
    let mut links = vec![0f32];
    for shape in &scene.shapes {
        chars.push(chars[chars.len() - 1] + shape.chars);
        links.push(links[links.len() - 1] + shape.chars as f32 * shape.link_share);
    }
    let ends = |at: usize| {
        (
            at.saturating_sub(reach),
            (at + reach + 1).min(scene.shapes.len()),
        )
    };
    let within = |at: usize| {
        let (from, to) = ends(at);
        chars[to] - chars[from]
    };
    table.add(|| format!("window {reach} chars"), |at| log(within(at)));
    table.add(
        || format!("window {reach} link share"),
        |at| {
            let (from, to) = ends(at);
            share((links[to] - links[from]) / within(at).max(1) as f32)
        },
    );
}

/// Lines since the last one that is meant; large where there is none.
fn distances(lines: usize, is_meant: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut since = 255u32;
    (0..lines)
        .map(|at| {
            let found = since;
            since = if is_meant(at) {
                1
            } else {
                since.saturating_add(1)
            };
            found
        })
        .collect()
}

/// Lines until the next one that is meant.
fn distances_back(lines: usize, is_meant: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut found = distances(lines, |at| is_meant(lines - 1 - at));
    found.reverse();
    found
}

fn add_page(table: &mut Table, scene: &Scene<'_>) {
    let page_facts = [
        ("page lines", log(scene.shapes.len() as u32)),
        ("page story lines", log(scene.total.story_lines)),
        ("page story chars", log(scene.total.story_chars / 16)),
        ("page link share", share(scene.total.link_share())),
        ("page has data body", u8::from(!scene.data_body.is_empty())),
    ];
    for (name, value) in page_facts {
        table.add(|| name.to_owned(), |_| value);
    }
    table.add(|| "repeats".to_owned(), |at| cap(scene.repeats[at]));
    let mut front = String::new();
    let said: Vec<[u8; 3]> = (0..scene.shapes.len())
        .map(|at| said_elsewhere(scene, at, &mut front))
        .collect();
    for (place, name) in ["in data body", "in description", "in title"]
        .into_iter()
        .enumerate()
    {
        table.add(|| name.to_owned(), |at| said[at][place]);
    }
}

/// Whether the page's data, its description and its title say the same as the line. `front` is
/// room for the front of the line.
fn said_elsewhere(scene: &Scene<'_>, at: usize, front: &mut String) -> [u8; 3] {
    const LOOKED_AT: usize = 60;
    let text = scene.page.text_of(&scene.page.lines[at]);
    front.clear();
    fold_into(&text[..text.floor_char_boundary(LOOKED_AT * 2)], front);
    front.truncate(front.floor_char_boundary(LOOKED_AT));
    let holds = |whole: &str| {
        if whole.is_empty() {
            return 0;
        }
        if front.len() < 6 {
            return 1;
        }
        if holds_text(whole.as_bytes(), front.as_bytes()) {
            3
        } else {
            2
        }
    };
    let title = scene.title.as_str();
    let is_start = title.len() > LOOKED_AT
        && front.len() >= LOOKED_AT - 3
        && title.starts_with(front.as_str());
    let in_title = match title {
        "" => 0,
        title if title == front || is_start => 3,
        title if front.len() >= 6 && title.contains(front.as_str()) => 2,
        _ => 1,
    };
    [holds(&scene.data_body), holds(&scene.description), in_title]
}

/// Whether `part` stands in `whole`. Most texts searched here are short, and setting up a searcher
/// for each line would cost more than the search.
fn holds_text(whole: &[u8], part: &[u8]) -> bool {
    const SHORT: usize = 1024;
    if whole.len() > SHORT {
        return memchr::memmem::find(whole, part).is_some();
    }
    let Some(first) = part.first() else {
        return true;
    };
    memchr::memchr_iter(*first, whole).any(|at| whole[at..].starts_with(part))
}

//! What the model sees of a line: one byte a feature, in columns.

use super::columns::{Table, cap, log, share};
use super::kin::add_kin;
use super::landmark::add_landmarks;
use super::scene::{Scene, Sums};
use super::shape::Shape;
use crate::html::{FAR, HINTS, Line, NONE, Near, Tag, hint_names};
use crate::phrases::{Cue, Cues};

/// Adds a column for each `name => what is seen in an item`, one item a line.
macro_rules! add_columns {
    ($table:expr, $items:expr, |$item:ident| $($name:literal => $cell:expr,)+) => {
        $($table.add_over(|| $name.to_owned(), $items, |$item| $cell);)+
    };
}
pub(super) use add_columns;

/// The features of all lines; with the names of the columns for those who look at them.
pub(crate) fn table_of(scene: &Scene<'_>, wants_names: bool) -> Table {
    let mut table = Table::new(scene.shapes.len());
    table.wants_names = wants_names;
    add_text(&mut table, scene);
    add_cues(&mut table, scene);
    add_place(&mut table, scene);
    add_near(&mut table, scene);
    add_sums(&mut table, scene);
    let to_main = steps_to_main(scene);
    table.add_over(|| "above main".to_owned(), &to_main, |steps| *steps);
    add_neighbours(&mut table, scene);
    add_order(&mut table, scene, &to_main);
    add_page(&mut table, scene);
    add_kin(&mut table, scene);
    add_landmarks(&mut table, scene);
    table
}

fn add_text(table: &mut Table, scene: &Scene<'_>) {
    add_columns! { table, &scene.shapes, |s|
        "chars" => log(s.chars),
        "words" => log(s.words),
        "word length" => cap(s.chars * 10 / s.words.max(1)),
        "link share" => share(s.link_share),
        "capitals" => share(s.capitals as f32 / s.chars.max(1) as f32),
        "digits" => share(s.digits as f32 / s.chars.max(1) as f32),
        "commas" => cap(s.commas),
        "stops" => cap(s.stops),
        "quotes" => cap(s.quotes),
        "title words" => title_share(s),
        "at" => u8::from(s.has_at),
        "bar" => u8::from(s.has_bar),
        "url" => u8::from(s.has_url),
        "clock" => u8::from(s.has_clock),
        "ends" => s.ends,
        "starts" => s.starts,
        "sentence" => u8::from(s.is_sentence),
        "story" => u8::from(s.is_story()),
        "any digit" => cap(s.digits),
        "money" => u8::from(s.has_money),
        "story words" => cap(s.words / 4),
    }
}

/// Share of the words that begin with a capital.
fn title_share(shape: &Shape) -> u8 {
    share(shape.title_words as f32 / shape.words.max(1) as f32)
}

fn add_cues(table: &mut Table, scene: &Scene<'_>) {
    for (cue, name) in Cue::ALL {
        let bit = *cue as u32;
        table.add_over(
            || format!("cue {name}"),
            &scene.shapes,
            |shape| {
                let Cues {
                    whole,
                    start,
                    inside,
                    is_weak: _,
                } = shape.cues;
                let has = |cues: u32| (cues >> bit & 1) as u8;
                (has(whole) * 3).max(has(start) * 2).max(has(inside))
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
    add_columns! { table, &page.lines, |line|
        "links" => cap(u32::from(line.links)),
        "bold share" => part(line, line.bold_bytes),
        "italic share" => part(line, line.italic_bytes),
        "after break" => u8::from(line.after_break),
        "after media" => u8::from(line.after_media),
        "wrapped" => u8::from(line.wrap != 0),
        "tag" => tag_code(page.node_of(line).tag),
        "depth" => cap(u32::from(page.node_of(line).depth)),
        "hidden" => u8::from(page.node_of(line).is_hidden),
        "parent tag" => page
            .nodes
            .get(page.node_of(line).parent as usize)
            .map_or(99, |parent| tag_code(parent.tag)),
    }
}

fn part(line: &Line, bytes: u32) -> u8 {
    share(bytes as f32 / (line.end - line.start).max(1) as f32)
}

fn add_near(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    let first = table.columns();
    let near: Vec<&Near> = page
        .lines
        .iter()
        .map(|line| &page.node_of(line).near)
        .collect();
    for (hint, name) in hint_names().enumerate().take(HINTS) {
        table.add_over(
            || format!("near {name}"),
            &near,
            |near| near[hint].min(FAR) + 1,
        );
    }
    for (at, line) in page.lines.iter().enumerate() {
        let mut wrapped = line.wrap;
        while wrapped != 0 {
            table.column_mut(first + wrapped.trailing_zeros() as usize)[at] = 0;
            wrapped &= wrapped - 1;
        }
    }
}

/// What is seen of the sums over an element or a group.
const SUMS: [&str; 6] = [
    "lines",
    "chars",
    "link share",
    "story share",
    "story lines",
    "line length",
];

fn sums_seen(sums: &Sums, total_story: f32) -> [u8; SUMS.len()] {
    [
        log(sums.lines),
        log(sums.chars),
        share(sums.link_share()),
        share(sums.story_chars as f32 / total_story),
        log(sums.story_lines),
        log(sums.chars / sums.lines.max(1)),
    ]
}

fn add_sums(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    let total_story = scene.total.story_chars.max(1) as f32;
    let seen = |sums: &Sums| sums_seen(sums, total_story);
    let mut below: Vec<_> = scene.below.iter().map(seen).collect();
    // Stands for the element above the topmost.
    below.push([255; SUMS.len()]);
    let nowhere = page.nodes.len();
    let mut level: Vec<usize> = page.lines.iter().map(|line| line.node as usize).collect();
    for steps in 0..5 {
        for (place, name) in SUMS.iter().enumerate() {
            table.add_over(
                || format!("up {steps} {name}"),
                &level,
                |node| below[*node][place],
            );
        }
        for node in &mut level {
            let above = page.nodes.get(*node).map_or(NONE, |found| found.parent);
            *node = (above as usize).min(nowhere);
        }
    }
    let alike: Vec<_> = scene.alike.iter().map(seen).collect();
    for (place, name) in SUMS.iter().enumerate() {
        table.add_over(
            || format!("alike {name}"),
            &scene.group,
            |group| alike[*group as usize][place],
        );
    }
}

/// Outside of the main element.
const OUTSIDE: u8 = 255;

/// Steps from each line's element up to the main one.
fn steps_to_main(scene: &Scene<'_>) -> Vec<u8> {
    const STEPS: u8 = 60;
    let at_top = if scene.main == NONE { 0 } else { OUTSIDE };
    let mut steps: Vec<u8> = Vec::with_capacity(scene.page.nodes.len());
    for (at, node) in scene.page.nodes.iter().enumerate() {
        let above = steps.get(node.parent as usize).copied().unwrap_or(at_top);
        steps.push(match above {
            _ if at as u32 == scene.main => 0,
            above if above < STEPS - 1 => above + 1,
            _ => OUTSIDE,
        });
    }
    let lines = scene.page.lines.iter();
    lines.map(|line| steps[line.node as usize]).collect()
}

fn add_neighbours(table: &mut Table, scene: &Scene<'_>) {
    let page = scene.page;
    let of_shapes = |look: fn(&Shape) -> u8| scene.shapes.iter().map(look).collect::<Vec<u8>>();
    let tags = page
        .lines
        .iter()
        .map(|line| tag_code(page.node_of(line).tag));
    let seen = [
        ("chars", of_shapes(|shape| log(shape.chars))),
        ("link share", of_shapes(|shape| share(shape.link_share))),
        ("ends", of_shapes(|shape| shape.ends)),
        ("tag", tags.collect()),
        ("label", of_shapes(label_code)),
        ("title words", of_shapes(title_share)),
    ];
    for offset in [-3i64, -2, -1, 1, 2, 3] {
        for (name, cells) in &seen {
            table.add_shifted(|| format!("at {offset} {name}"), cells, (offset, 254));
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

fn add_order(table: &mut Table, scene: &Scene<'_>, to_main: &[u8]) {
    let lines = scene.shapes.len();
    let is_story: Vec<bool> = scene.shapes.iter().map(Shape::is_story).collect();
    let heading: Vec<u8> = scene
        .page
        .lines
        .iter()
        .map(|line| scene.page.node_of(line).tag.heading_level().unwrap_or(0))
        .collect();
    let columns = [
        ("since story", distances(lines, |at| is_story[at])),
        ("until story", distances_back(lines, |at| is_story[at])),
        ("since title", distances(lines, |at| heading[at] == 1)),
        ("since heading", distances(lines, |at| heading[at] != 0)),
        (
            "until heading",
            distances_back(lines, |at| heading[at] != 0),
        ),
        (
            "since label",
            distances(lines, |at| {
                let cues = scene.shapes[at].cues;
                cues.is(Cue::Related) || cues.is(Cue::Popular)
            }),
        ),
    ];
    for (name, column) in &columns {
        table.add_over(|| (*name).to_owned(), column, |steps| *steps);
    }
    let mut before = Vec::with_capacity(lines);
    let mut count = 0u32;
    for story in &is_story {
        before.push(count);
        count += u32::from(*story);
    }
    table.add_over(
        || "stories before".to_owned(),
        &before,
        |before| log(*before),
    );
    table.add(
        || "stories after".to_owned(),
        |at| log(count - before[at] - u32::from(is_story[at])),
    );
    table.add(|| "place".to_owned(), |at| (at * 200 / lines.max(1)) as u8);
    for reach in [2usize, 5, 12] {
        add_window(table, scene, reach);
    }
    add_headings(table, scene, &heading);
    add_main_range(table, to_main);
}

/// What the heading above a line is a label of, and how long the run of paragraphs is.
fn add_headings(table: &mut Table, scene: &Scene<'_>, heading: &[u8]) {
    let labels: Vec<u8> = scene.shapes.iter().map(any_label).collect();
    let mut above = (0u8, 0u8);
    let mut found = Vec::with_capacity(labels.len());
    for (label, level) in labels.iter().zip(heading) {
        found.push(above);
        if *level != 0 {
            above = (*label, *level);
        }
    }
    add_columns! { table, &found, |above|
        "heading label" => above.0,
        "heading level" => above.1,
    }
    let since_box = distances(labels.len(), |at| labels[at] > 0);
    table.add_over(|| "since box label".to_owned(), &since_box, |steps| *steps);
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
fn add_main_range(table: &mut Table, to_main: &[u8]) {
    let is_inside = |steps: &u8| *steps != OUTSIDE;
    let first = to_main.iter().position(is_inside).unwrap_or(0);
    let last = to_main.iter().rposition(is_inside).unwrap_or(0);
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

/// Lines since the last one that is meant; the most where there is none.
fn distances(lines: usize, is_meant: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut since = u8::MAX;
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
fn distances_back(lines: usize, is_meant: impl Fn(usize) -> bool) -> Vec<u8> {
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
        ("page has data body", u8::from(scene.has_data_body)),
    ];
    for (name, value) in page_facts {
        table.add_constant(|| name.to_owned(), value);
    }
    table.add_over(|| "repeats".to_owned(), &scene.repeats, |times| cap(*times));
    add_columns! { table, &scene.said, |said|
        "in data body" => said[0],
        "in description" => said[1],
        "in title" => said[2],
    }
}

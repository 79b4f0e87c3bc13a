//! The model's trees. Every tree asks the same question of all lines at each level, so a whole page
//! runs through a tree at once, column by column.

use super::columns::Table;

/// One tree: its questions, and a value for each combination of answers.
#[derive(Debug)]
struct Tree {
    /// Feature and threshold: is the cell above it? A tree with fewer questions asks one that
    /// nothing fulfils.
    questions: [(u16, u8); QUESTIONS],
    /// By the answers as bits, the first question lowest; the rest of the room is not used.
    leaves: [i32; LEAVES],
}

/// Questions of a tree at the most.
const QUESTIONS: usize = 6;

/// Leaves of a tree at the most.
const LEAVES: usize = 1 << QUESTIONS;

/// Trees whose values add up to the log odds of a line being part of the body.
#[derive(Debug)]
struct Model {
    bias: i32,
    trees: Vec<Tree>,
}

/// Models whose mean counts: each was trained by another chance.
#[derive(Debug)]
pub(crate) struct Forest {
    models: Vec<Model>,
}

/// A question that no cell fulfils.
const NEVER: (u16, u8) = (0, u8::MAX);

/// Values are kept in thousandths.
const UNIT: f32 = 1000.0;

/// Where the first model is as sure as that, one to fifty either way, the others are not asked. Most
/// lines of a page are so.
const SURE: u32 = 4000;

impl Forest {
    /// Reads a model file. Each model begins with a line `bias: n`; each line behind it is a tree:
    /// `feature>threshold …: leaf …`. Features are named as in [`Table::names`] by their place.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut models: Vec<Model> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix("bias: ") {
                Some(bias) => models.push(Model {
                    bias: bias.parse().ok()?,
                    trees: Vec::new(),
                }),
                None => models.last_mut()?.trees.push(parse_tree(line)?),
            }
        }
        (!models.is_empty()).then_some(Self { models })
    }

    /// The largest feature asked for.
    #[cfg(test)]
    pub(crate) fn highest_feature(&self) -> usize {
        let trees = self.models.iter().flat_map(|model| &model.trees);
        trees
            .flat_map(|tree| &tree.questions)
            .map(|(feature, _)| usize::from(*feature))
            .max()
            .unwrap_or(0)
    }

    /// Probability of each line of the table.
    pub(crate) fn probabilities(&self, table: &Table) -> Vec<f32> {
        let Some((first, others)) = self.models.split_first() else {
            return vec![0.0; table.lines];
        };
        let mut sums = first.log_odds(table);
        if !others.is_empty() {
            let is_open = |at: &usize| sums[*at].unsigned_abs() <= SURE;
            let open: Vec<usize> = (0..table.lines).filter(is_open).collect();
            let rows = table.rows(&open);
            let said: Vec<Vec<i32>> = others.iter().map(|model| model.log_odds(&rows)).collect();
            for (row, at) in open.into_iter().enumerate() {
                let all: i32 = said.iter().map(|odds| odds[row]).sum();
                sums[at] = (sums[at] + all) / self.models.len() as i32;
            }
        }
        sums.iter()
            .map(|sum| 1.0 / (1.0 + (-(*sum as f32) / UNIT).exp()))
            .collect()
    }
}

impl Model {
    /// Log odds of each line of the table, in thousandths.
    fn log_odds(&self, table: &Table) -> Vec<i32> {
        let mut sums = vec![self.bias; table.lines];
        let mut answers = vec![0u8; table.lines];
        let mut others = answers.clone();
        // Two trees at a time: finding leaves costs most, and so each sum is fetched half as often.
        let (pairs, rest) = self.trees.as_chunks::<2>();
        for [one, other] in pairs {
            one.ask(table, &mut answers);
            other.ask(table, &mut others);
            for (sum, (answer, other_answer)) in sums.iter_mut().zip(answers.iter().zip(&others)) {
                *sum += one.leaf(*answer) + other.leaf(*other_answer);
            }
        }
        for tree in rest {
            tree.ask(table, &mut answers);
            for (sum, answer) in sums.iter_mut().zip(&answers) {
                *sum += tree.leaf(*answer);
            }
        }
        sums
    }
}

impl Tree {
    /// Asks all questions of every line, without a branch.
    fn ask(&self, table: &Table, answers: &mut [u8]) {
        let columns = self
            .questions
            .map(|(feature, _)| table.column(usize::from(feature)));
        let thresholds = self.questions.map(|(_, threshold)| threshold);
        let lines = table.lines;
        let answers = &mut answers[..lines];
        let columns = columns.map(|column| &column[..lines]);
        for at in 0..lines {
            let is_above = |question: usize| u8::from(columns[question][at] > thresholds[question]);
            answers[at] = is_above(0)
                | is_above(1) << 1
                | is_above(2) << 2
                | is_above(3) << 3
                | is_above(4) << 4
                | is_above(5) << 5;
        }
    }

    fn leaf(&self, answers: u8) -> i32 {
        self.leaves[usize::from(answers) % LEAVES]
    }
}

fn parse_tree(line: &str) -> Option<Tree> {
    let (questions, leaves) = line.split_once(": ")?;
    let mut asked = [NEVER; QUESTIONS];
    let mut count = 0;
    for question in questions.split(' ').filter(|text| !text.is_empty()) {
        let (feature, threshold) = question.split_once('>')?;
        *asked.get_mut(count)? = (feature.parse().ok()?, threshold.parse().ok()?);
        count += 1;
    }
    let leaves = leaves
        .split(' ')
        .map(|leaf| leaf.parse().ok())
        .collect::<Option<Vec<i32>>>()?;
    if leaves.len() != 1 << count {
        return None;
    }
    let mut room = [0; LEAVES];
    room[..leaves.len()].copy_from_slice(&leaves);
    Some(Tree {
        questions: asked,
        leaves: room,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_answer_line_by_line() {
        let forest = Forest::parse("bias: 0\n0>4 1>0: -3000 0 0 3000\n").expect("a forest");
        let mut table = Table::new(2);
        table.add(|| "a".to_owned(), |at| [4, 5][at]);
        table.add(|| "b".to_owned(), |at| [0, 1][at]);
        let found = forest.probabilities(&table);
        assert!(found[0] < 0.1 && found[1] > 0.9);
    }

    #[test]
    fn models_count_alike_where_the_first_is_not_sure() {
        let one = "bias: 0\n0>4: -1000 4500\n";
        let other = "bias: 0\n0>4: 2000 -9000\n";
        let forest = Forest::parse(&format!("{one}{other}{other}")).expect("a forest");
        let mut table = Table::new(2);
        table.add(|| "a".to_owned(), |at| [4, 5][at]);
        let odds = |probability: f32| (probability / (1.0 - probability)).ln();
        let found = forest.probabilities(&table);
        assert!((odds(found[0]) - 1.0).abs() < 0.01, "the mean of all");
        assert!((odds(found[1]) - 4.5).abs() < 0.01, "the first alone");
    }

    #[test]
    fn broken_files_are_refused() {
        for text in [
            "",
            "0>1: 5 6",
            "bias: x",
            "bias: 1\n0>1: 5",
            "bias: 1\n0:1: 5 6",
        ] {
            assert!(Forest::parse(text).is_none(), "{text:?}");
        }
    }
}

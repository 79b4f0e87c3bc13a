//! A filter over lines: many threads work, the order stays.
//!
//! One thread reads, a worker per core answers, and the caller's thread writes. So many lines may
//! be under way at once and no more, so memory is bounded however unlike the lines are.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _, Write};
use std::sync::Arc;
use std::thread::available_parallelism;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};

/// Longest line taken, in bytes.
pub(crate) const LINE_BYTES: u64 = 64 * 1024 * 1024;

/// Lines under way for each worker.
const AHEAD: usize = 8;

/// What came of reading one line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line, without its end.
    Text(String),
    /// A line that cannot be used: why.
    Unusable(String),
}

/// Answers a line with a line.
pub(crate) type Answer = dyn Fn(Line) -> String + Send + Sync;

/// Writes `answer` of every line of `input`, in their order; a blank line is a line, so that the counts agree.
///
/// # Errors
/// Where `input` cannot be read or `output` cannot be written.
pub(crate) fn each_line(
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
    answer: Arc<Answer>,
) -> io::Result<()> {
    let workers = available_parallelism().map_or(1, usize::from);
    let (permit, permits) = bounded::<()>(workers * AHEAD);
    let (give, work) = unbounded::<(u64, Line)>();
    let (tell, answers) = unbounded::<(u64, String)>();
    for place in 0..workers {
        let (work, tell, answer) = (work.clone(), tell.clone(), Arc::clone(&answer));
        let thread = std::thread::Builder::new().name(format!("filter-{place}"));
        thread.spawn(move || {
            for (number, line) in work {
                if tell.send((number, answer(line))).is_err() {
                    return;
                }
            }
        })?;
    }
    drop((work, tell));
    let reader = std::thread::Builder::new().name("filter-input".to_owned());
    // Detached on purpose: it may wait for input that nobody wants any more.
    let reading = reader.spawn(move || read_lines(input, &permit, &give))?;
    write_in_order(output, &answers, &permits)?;
    match reading.join() {
        Ok(read) => read,
        Err(_) => Err(io::Error::other("reading the input ended by a defect")),
    }
}

fn read_lines(
    mut input: impl BufRead,
    permit: &Sender<()>,
    give: &Sender<(u64, Line)>,
) -> io::Result<()> {
    let mut number = 0;
    while let Some(line) = next_line(&mut input)? {
        // An error means that nobody writes any more.
        if permit.send(()).is_err() || give.send((number, line)).is_err() {
            return Ok(());
        }
        number += 1;
    }
    Ok(())
}

/// The next line; `None` at the end of the input.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let taken = input
        .by_ref()
        .take(LINE_BYTES)
        .read_until(b'\n', &mut bytes)?;
    if taken == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    } else if taken as u64 == LINE_BYTES {
        skip_line(input)?;
        let message = format!("the line is longer than the limit of {LINE_BYTES} bytes");
        return Ok(Some(Line::Unusable(message)));
    }
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => Line::Text(text),
        Err(error) => Line::Unusable(format!("the line is not UTF-8: {}", error.utf8_error())),
    }))
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let ahead = input.fill_buf()?;
        if ahead.is_empty() {
            return Ok(());
        }
        let end = ahead.iter().position(|byte| *byte == b'\n');
        let skipped = end.map_or(ahead.len(), |place| place + 1);
        input.consume(skipped);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn write_in_order(
    output: &mut impl Write,
    answers: &Receiver<(u64, String)>,
    permits: &Receiver<()>,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    loop {
        let (number, answer) = match answers.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Disconnected) => return output.flush(),
            Err(TryRecvError::Empty) => {
                // Whoever types line by line wants to see each answer at once.
                output.flush()?;
                match answers.recv() {
                    Ok(answer) => answer,
                    Err(_) => return Ok(()),
                }
            }
        };
        waiting.insert(number, answer);
        while let Some(answer) = waiting.remove(&next) {
            output.write_all(answer.as_bytes())?;
            output.write_all(b"\n")?;
            next += 1;
            // The permit of this line goes to one that is still to be read.
            let _ = permits.try_recv();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn filtered(input: Vec<u8>, answer: impl Fn(Line) -> String + Send + Sync + 'static) -> String {
        let mut output = Vec::new();
        each_line(Cursor::new(input), &mut output, Arc::new(answer)).expect("it is all in memory");
        String::from_utf8(output).expect("text")
    }

    #[test]
    fn the_order_stays_although_lines_take_unlike_long() {
        let input: String = (0..2_000).map(|number| format!("{number}\n")).collect();
        let output = filtered(input.clone().into_bytes(), |line| match line {
            Line::Text(text) => {
                let work = if text.ends_with('0') { 20_000 } else { 10 };
                let sum: u64 = (0..work).map(std::hint::black_box).sum();
                assert!(sum > 0);
                text
            }
            Line::Unusable(why) => why,
        });
        assert_eq!(output, input);
    }

    #[test]
    fn bytes_that_are_no_text_are_one_unusable_line() {
        let output = filtered(b"a\n\xff\xfe\n\n  \nb".to_vec(), |line| match line {
            Line::Text(text) => text,
            Line::Unusable(why) => why,
        });
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert!(lines[1].starts_with("the line is not UTF-8"), "{lines:?}");
        assert_eq!((lines[0], &lines[2..]), ("a", &["", "  ", "b"][..]));
    }

    #[test]
    fn a_line_over_the_limit_is_told_and_the_next_goes_on() {
        let mut input = vec![b'x'; LINE_BYTES as usize + 5];
        input.extend(b"\nnext\n");
        let output = filtered(input, |line| match line {
            Line::Text(text) => text,
            Line::Unusable(why) => why,
        });
        assert_eq!(
            output,
            "the line is longer than the limit of 67108864 bytes\nnext\n"
        );
    }
}

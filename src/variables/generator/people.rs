//! Names, addresses and numbers that belong to nobody.
//!
//! Owns: two hundred words, and what is reserved for examples: domains (RFC 2606), addresses (RFC 5737), telephone
//! numbers (555-01xx). Does not: draw by itself.

use fastrand::Rng;

// One text each: a table of pointers would cost every start.
const FIRST: &str = "Ada Agnes Ahmed Aisha Alan Alma Amir Ana Anders Anna Arun Astrid Ben Berta Bilal Boris Carla Carlos \
Chen Clara Daniel Daria David Diego Dora Edith Elena Elif Emil Emma Erik Esther Eva Farid Fatima Felix Fiona Frida \
George Grace Greta Hana Hans Hugo Ida Igor Ines Ingrid Ivan Jack Jana Jonas Julia Karim Karin Kenji Klara Lars Laura \
Leila Leo Lina Louis Lucia Luis Maja Marco Maria Marta Mehmet Mei Mila Mina Nadia Nina Noah Olga Omar Oscar Paula \
Pedro Petra Priya Rafael Ravi Rosa Ruth Samir Sara Simon Sofia Sven Tariq Tessa Thomas Tomas Vera Viktor Yara Yuki";

const LAST: &str = "Abbott Adler Aguilar Ahmadi Alves Andersen Arslan Bauer Becker Berg Bianchi Blake Bloom Bosch Brandt \
Burke Carter Castro Cohen Costa Crane Dahl Demir Diaz Dixon Dubois Eriksen Esposito Farkas Ferrari Fischer Fleming \
Fontana Foster Fuchs Garcia Gomez Graham Gruber Haas Hansen Hartmann Hayashi Herrera Holm Horvat Hughes Ibrahim Ito \
Ivanov Jansen Jensen Johansson Kaya Keller Khan Klein Kovacs Kumar Lang Larsen Lehmann Lindqvist Lopez Lund Marino \
Martin Mendes Meyer Miller Moreau Morgan Nakamura Nielsen Nilsson Novak Okafor Olsen Ortiz Park Patel Petrov Pinto \
Quinn Ramos Reyes Ricci Romano Rossi Sato Schmidt Silva Singh Sousa Tanaka Turner Vogel Weber Winter Yilmaz";

const DOMAINS: &str = "example.com example.net example.org";

const AREAS: &str = "201 202 205 206 212 213 214 215 303 305 312 313 314 402 404 405 412 415 503 504 505 512 602 603 605 \
612 615 617 702 703 713 716 801 802 803 804 808 816 907 919";

const NETWORKS: &str = "192.0.2 198.51.100 203.0.113";

fn word<'w>(words: &'w str, random: &mut Rng) -> &'w str {
    let count = words.split_whitespace().count();
    words.split_whitespace().nth(random.usize(..count.max(1))).unwrap_or_default()
}

/// A first and a last name.
pub fn name(random: &mut Rng) -> String {
    format!("{} {}", word(FIRST, random), word(LAST, random))
}

/// An address that no mail reaches.
pub fn email(random: &mut Rng) -> String {
    let name = format!("{}.{}{}", word(FIRST, random), word(LAST, random), random.u32(1000..1_000_000));
    format!("{}@{}", name.to_lowercase(), word(DOMAINS, random))
}

/// A number that nobody has, as E.164 writes it.
pub fn phone(random: &mut Rng) -> String {
    format!("+1{}55501{:02}", word(AREAS, random), random.u8(..100))
}

/// An address that is routed nowhere.
pub fn ipv4(random: &mut Rng) -> String {
    format!("{}.{}", word(NETWORKS, random), random.u8(1..255))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_belongs_to_nobody() {
        assert_eq!((FIRST.split_whitespace().count(), LAST.split_whitespace().count()), (100, 100));
        let mut random = Rng::with_seed(1);
        for _ in 0..500 {
            assert!(name(&mut random).split_once(' ').is_some_and(|(first, last)| first.len() > 1 && last.len() > 1));
            let email = email(&mut random);
            let (local, domain) = email.split_once('@').unwrap();
            assert!(
                DOMAINS.contains(domain) && local.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.'),
                "{email}"
            );
            let phone = phone(&mut random);
            assert!(phone.len() == 12 && phone[5..].starts_with("55501"), "{phone}");
            let address: std::net::Ipv4Addr = ipv4(&mut random).parse().unwrap();
            assert!(address.is_documentation(), "{address}");
        }
    }
}

# Lists drawn by the cube method of R's package sampling, from the same chances and quotas.
#
# Rscript lottery_cube.R people.csv quotas.csv draws
#
# people.csv: a row per person: chance, then 0 or 1 for each quota. quotas.csv: a row per quota in the same order:
# min, max. Prints a line per draw: people on the list, quotas broken, CPU seconds.

suppressMessages(library(sampling))

given <- commandArgs(trailingOnly = TRUE)
persons <- as.matrix(read.csv(given[1]))
quotas <- read.csv(given[2])
draws <- as.integer(given[3])

chance <- persons[, 1]
counts <- persons[, -1]
certain <- chance > 1 - 1e-9
open <- chance > 1e-9 & !certain

# Landing by suppression gives variables up from the last on, so the size comes first and then the narrowest quotas.
# Variables that follow from those before them would only cost the flight degrees of freedom. Landing by linear
# programme lists every sample of the undecided, which is out of reach with this many variables.
narrow_first <- order(quotas$max - quotas$min)
balanced <- cbind(1, counts[open, narrow_first]) * chance[open]
found <- qr(balanced, tol = 1e-9)
balanced <- balanced[, sort(found$pivot[seq_len(found$rank)])]

for (seed in seq_len(draws)) {
  set.seed(seed)
  began <- proc.time()
  listed <- as.numeric(certain)
  listed[open] <- samplecube(balanced, chance[open], order = 1, comment = FALSE, method = 2)
  spent <- sum((proc.time() - began)[c("user.self", "sys.self")])
  have <- colSums(counts * listed)
  cat(sum(listed), sum(have < quotas$min | have > quotas$max), round(spent, 2), "\n")
}

# WHISPER execution time over that of no-sm, for R and ggplot2.
# Use: Rscript whisper.R results/whisper.csv whisper.pdf
library(ggplot2)
args <- commandArgs(trailingOnly = TRUE)
designs <- c("no-sm", "sm-rc", "sm-ob", "sm-dd")
colours <- c("#bbbbbb", "#bb5566", "#ddaa33", "#004488")
suite <- c("echo", "ycsb", "tpcc", "redis", "ctree", "hashmap", "vacation",
           "memcached", "nfs", "exim", "mysql")
rows <- read.csv(args[1], na.strings = "")
rows <- subset(rows, workload %in% suite & backend %in% designs)
rows$workload <- factor(rows$workload, suite)
rows$backend <- factor(rows$backend, designs)
rows$policy <- factor(paste("queue pairs:", rows$queuePairs),
                      paste("queue pairs:", c("auto", "any")))
# The dot of a design tells bars apart in grey.
figure <- ggplot(rows, aes(workload, slowdownOverNoSm, fill = backend, shape = backend)) +
  geom_col(position = position_dodge(0.8), width = 0.8, colour = "black", linewidth = 0.1) +
  geom_point(position = position_dodge(0.8), size = 1.2, fill = "white") +
  geom_hline(yintercept = 1, linewidth = 0.2) +
  facet_wrap(~policy, ncol = 1) +
  scale_fill_manual(values = colours) + scale_shape_manual(values = c(21, 22, 24, 23)) +
  labs(x = NULL, y = "time over no-sm (ratio)", fill = NULL, shape = NULL) +
  theme_bw(base_size = 7) + theme(legend.position = "bottom")
ggsave(args[2], figure, width = 17.5, height = 9, units = "cm", dpi = 300)
